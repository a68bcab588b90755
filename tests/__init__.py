"""Tests of Satchel."""

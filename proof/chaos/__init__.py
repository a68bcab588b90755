"""Chaos with real processes: load, faults, and a check of every answer afterwards.

`python -m proof.chaos --help`; a short version runs with the tests.
"""

"""Chaos with real processes: load, faults, and a check of every answer afterwards.

`python -m tests.chaos --help`; a short version runs with the tests.
"""

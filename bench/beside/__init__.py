"""`python -m bench --beside REF`: an earlier state of Satchel and this one, measured in turns on one machine."""

from bench.beside.comparison import Request, beside

__all__ = ["Request", "beside"]

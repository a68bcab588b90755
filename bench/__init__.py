"""The benchmark: `python -m bench`; see docs/performance.md for what it measures and how."""

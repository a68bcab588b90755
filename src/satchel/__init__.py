"""Satchel: a session-based inventory engine for online games."""

__all__ = ["__version__"]

__version__ = "0.1.0"

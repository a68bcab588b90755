"""Definitions and rule set as data files: loaded once at start, every mistake in them found and named."""

from satchel.catalogue.loader import load_catalogue
from satchel.catalogue.problem import Problem

__all__ = ["Problem", "load_catalogue"]

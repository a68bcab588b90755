"""The version of this release, in a module of its own: the API names it, and must not import the whole surface."""

__all__ = ["__version__"]

__version__ = "0.1.0"

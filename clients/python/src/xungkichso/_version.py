"""Beside pyproject.toml's, because a copy that is not installed has no metadata to read."""

__version__ = "1.1.0"

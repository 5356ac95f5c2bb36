"""Intercoder: one more coder at the table."""

__version__ = "0.1.0"

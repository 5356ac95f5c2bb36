"""Reliability as files: tables, figures, pictures."""

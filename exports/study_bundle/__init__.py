"""A study in one zip, for those who review it."""

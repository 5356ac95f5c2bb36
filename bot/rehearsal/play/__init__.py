"""Rehearsals: the real bot, people who talk, and what came of it."""

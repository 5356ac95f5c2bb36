"""Transcripts as tables: one row model, long or wide, in the forms of several programs."""

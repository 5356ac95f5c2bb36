"""Transcripts that people read: one page to print, and Markdown."""

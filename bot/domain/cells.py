"""Cells that a spreadsheet would run as a formula: made harmless on the way out, and undone."""

from __future__ import annotations

import re

ENCODING = "utf-8-sig"
"""Of a CSV for spreadsheets: without a byte order mark Excel takes it for another encoding."""

_STARTS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # OWASP's list, with the full-width forms
_RUNS = re.compile(f"'*[{_STARTS}]")
_NEUTRALISED = re.compile(f"'+[{_STARTS}]")


def neutralise(cell: str) -> str:
    """Return `cell` with an apostrophe before it if a spreadsheet would run it as a formula.

    A text that already opens with apostrophes and such a character gets one more, so
    `restore` gives every text back as it was. The list of characters is OWASP's (CSV injection).
    """
    return f"'{cell}" if _RUNS.match(cell) else cell


def restore(cell: str) -> str:
    """Return the text that `neutralise` was given."""
    return cell[1:] if _NEUTRALISED.match(cell) else cell

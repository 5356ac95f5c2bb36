"""Names and cells as spreadsheets allow them."""

from __future__ import annotations

import re

CELL_LIMIT = 32_767
"""UTF-16 units in a cell (Excel's specifications and limits)."""
ROW_LIMIT = 1_048_576
"""Rows of a sheet, its header among them."""
CUT = " [cut]"
"""Stands at the end of a text that was too long."""

_NAME_LIMIT = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ufffe\uffff]")
_RESERVED = "history"


class SheetNames:
    """Gives each sheet a name that Excel takes and no other sheet has."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = {_RESERVED, *(name.casefold() for name in taken)}

    def name(self, wanted: str) -> str:
        """Return `wanted` with what is not allowed replaced, cut, and numbered if it is taken.

        At most 31 UTF-16 units; none of the characters that Excel refuses; no
        apostrophe at either end; unlike any other also in another case.
        """
        clean = _NOT_IN_NAMES.sub("-", wanted).strip().strip("'").strip() or "session"
        number = 1
        while True:
            ending = "" if number == 1 else f" ({number})"
            found = utf16_cut(clean, _NAME_LIMIT - len(ending)).rstrip("' ") + ending
            if found.casefold() not in self._taken and found.strip():
                self._taken.add(found.casefold())
                return found
            number += 1


def utf16_cut(text: str, limit: int) -> str:
    """Return the longest beginning of `text` of at most `limit` UTF-16 units."""
    if len(text) * 2 <= limit:
        return text
    # Half a character at the end, where the limit falls into one, is left out.
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", errors="ignore")


def fitted(text: str) -> tuple[str, bool]:
    """Return `text` as it fits into a cell, and whether it had to be cut (and marked)."""
    if utf16_cut(text, CELL_LIMIT) == text:
        return text, False
    return utf16_cut(text, CELL_LIMIT - len(CUT)) + CUT, True

"""A text of any length -> texts that Discord takes."""

from __future__ import annotations

LONGEST = 2000  # what Discord takes in one message, in UTF-16 units to be on the safe side


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """Return `text` in pieces of at most `longest` units, cut between lines or words if it can be.

    Nothing but the blanks at a cut is lost. An empty text is no piece at all.
    """
    found: list[str] = []
    rest = text.strip()
    while rest:
        room = _fitting(rest, longest)
        cut = len(rest) if room == len(rest) else _cut(rest, room)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return found


def _fitting(text: str, longest: int) -> int:
    """Return how many characters of `text` fit."""
    if len(text) * 2 <= longest:
        return len(text)
    units = 0
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > longest:
            return index
    return len(text)


def _cut(text: str, room: int) -> int:
    """Return where to cut: after a paragraph, a line or a word, if that is not far back."""
    for mark in ("\n\n", "\n", " "):
        # One character further: the blank itself need not fit.
        cut = text.rfind(mark, room // 2, room + 1)
        if cut > 0:
            return cut
    return room

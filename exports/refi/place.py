"""Where something stands in a file of XML, and the values of its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lxml import etree

from bot.domain.errors import InputError

_SAVE = "export it again from the program that it comes from"


def refusal(
    element: etree._Element, problem: str, source: str | Path, remedy: str = _SAVE
) -> InputError:
    """Return the error that names the element and its line."""
    tag = etree.QName(element).localname
    return InputError(f"<{tag}>: {problem}", remedy, source=source, line=line_of(element))


def line_of(element: etree._Element) -> int | None:
    """Return the line on which an element stands in its file, as far as it is known."""
    return cast("int | None", element.sourceline)


def guid_of(element: etree._Element, source: str | Path, attribute: str = "guid") -> str:
    """Return a GUID in the form in which it is compared; InputError if there is none."""
    guid = bare(element.get(attribute))
    if guid is None:
        raise refusal(element, f"it has no {attribute}", source)
    return guid


def bare(guid: str | None) -> str | None:
    """Return a GUID in small letters and without braces, None for none."""
    return (guid or "").strip().strip("{}").lower() or None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text in code points, the end exclusive."""

    start: int
    end: int

    def shares(self, other: Span) -> int:
        """Return how many characters both have."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

"""The plain text of a source, and its selections, in the ways that programs count characters."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from lxml import etree

from bot.domain.errors import InputError
from exports.incoming.safe_zip import SafeZip
from exports.refi.names import INTERNAL
from exports.refi.place import Span, refusal

_SCHEME = re.compile(r"[A-Za-z]+:/*")
_ELSEWHERE = ("absolute:", "http:", "https:", "file:")


@dataclass(frozen=True)
class SourceText:
    """A source's text, and for programs that count UTF-16 units where each character ends."""

    text: str
    units: tuple[int, ...] | None = None

    def span(self, selection: etree._Element, source: str | Path) -> Span:
        """Return where a selection stands; InputError with the line if it is not in the text."""
        start = self._position(selection, "startPosition", source)
        end = self._position(selection, "endPosition", source)
        if start > end:
            raise refusal(selection, f"it ends ({end}) before it starts ({start})", source)
        return Span(start, end)

    def _position(self, selection: etree._Element, name: str, source: str | Path) -> int:
        given = (selection.get(name) or "").strip()
        length = len(self.text) if self.units is None else (self.units or (0,))[-1]
        # More digits than nine are no place in a text, and not all are taken by int().
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", given) or not 0 <= int(given) <= length:
            raise refusal(
                selection,
                f"{name} {given[:40]!r} is not in the source's text, which has {length} characters",
                source,
                "export the project again, with the texts as they were coded",
            )
        at = int(given)
        return at if self.units is None else bisect.bisect_right(self.units, at)


def read_text(
    element: etree._Element, archive: SafeZip, origin: str, source: str | Path
) -> SourceText | None:
    """Return the text of a TextSource; None if it is not in the project at all.

    Positions are code points, as the standard says. NVivo counts UTF-16 units, and ATLAS.ti one
    character for a line end of two. Raises InputError with the line for a path that leads out
    of the archive, a text that is missing there, and one that is not UTF-8.
    """
    inline = element.find("{*}PlainTextContent")
    if inline is not None:
        text = inline.text or ""
    else:
        path = (element.get("plainTextPath") or "").strip()
        name = _entry(element, path, archive, source)
        if name is None:
            return None
        text = _decoded(archive.read(name), f"{archive.path}/{name}")
    if "atlas" in origin.lower():
        text = text.replace("\r\n", "\n")
    if "nvivo" not in origin.lower():
        return SourceText(text)
    return SourceText(text, tuple(accumulate(1 + (ord(c) > 0xFFFF) for c in text)))


def _entry(element: etree._Element, path: str, archive: SafeZip, source: str | Path) -> str | None:
    if not path or path.lower().startswith(_ELSEWHERE):
        return None
    name = _SCHEME.sub("", path, count=1)
    if ".." in re.split(r"[/\\]", name):
        raise refusal(
            element,
            f"plainTextPath {path[:200]!r} leads out of the project",
            source,
            "do not open it: get a new copy",
        )
    # Programs spell the folder sources and Sources, and name it in the path or not.
    wanted = {name.lower(), f"sources/{name}".lower()}
    entry = next((n for n in archive.names if n.lower() in wanted), None)
    if entry is None and path.lower().startswith(INTERNAL):
        raise refusal(element, f"its text {path[:200]!r} is missing in the project", source)
    return entry


def _decoded(raw: bytes, source: str) -> str:
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{error.object[error.start]:02x} at {error.start} is not {encoding.upper()}",
            "save the text as UTF-8, and export the project again",
            source=source,
        ) from None

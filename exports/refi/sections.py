"""Containers of a project that are written before it is known whether anything is in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

_CHUNK = 1 << 18  # bytes


class Section:
    """One container, as bytes in a temporary file of `folder` that is gone once it is closed.

    `tags` are the container's and those around it that it fills alone, from the outside.
    """

    def __init__(self, folder: Path, *tags: str) -> None:
        self._tags = tags
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self.size = 0

    def __enter__(self) -> Section:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, element: etree._Element) -> None:
        """Append an element, which stands in no namespace: the project's is the default one."""
        for child in element:
            child.tail = "\n"  # selections on lines of their own: errors name lines
        self.size += self._file.write(etree.tostring(element, encoding="utf-8") + b"\n")

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole container, or nothing if it is empty: an empty one is not valid."""
        if not self.size:
            return
        yield "".join(f"<{tag}>\n" for tag in self._tags).encode()
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk
        yield "".join(f"</{tag}>\n" for tag in reversed(self._tags)).encode()

"""Zip files of which the same content is the same bytes."""

from __future__ import annotations

import zipfile

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold
_FILE = 0o644 << 16  # a plain file that everybody may read


def entry(name: str) -> zipfile.ZipInfo:
    """Return a zip's entry for a file of this name: compressed, and without a time of its own."""
    made = zipfile.ZipInfo(name, _EARLIEST)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = _FILE
    return made

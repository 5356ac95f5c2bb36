"""Zip files of which the same content is the same bytes, and a look into somebody's zip."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold
_UNIX = 3  # wherever it is written
_FILE = 0o644 << 16  # a plain file that everybody may read
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,  # no such file in it
    NotImplementedError,  # a way of packing that is not known here
    RuntimeError,  # a password
    ValueError,
)


def entry(name: str, size: int = 0) -> zipfile.ZipInfo:
    """Return a zip's entry for a file of this name: compressed, and without a time of its own.

    `size` in bytes is needed for a file that is written piece by piece and may be of 2 GB or more.
    """
    made = zipfile.ZipInfo(name, _EARLIEST)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = _UNIX
    made.external_attr = _FILE
    made.file_size = size
    return made


def is_zip_where(path: Path, question: Callable[[zipfile.ZipFile], bool]) -> bool:
    """Tell whether a file is a zip of which `question` holds; one that cannot be read is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return question(archive)
    except _BROKEN:
        return False

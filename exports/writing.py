"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from bot.domain.errors import IntercoderError
from bot.domain.targets import check_file


class WritingError(IntercoderError):
    """A file could not be written; what stood there before still does."""


@contextmanager
def replacing(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Open a text file for writing that takes the place of `path` once it is complete.

    It is written under another name in the same folder, flushed to the disk, then renamed:
    a reader sees the old file or the new one. On any error the new one is removed and the
    old one stays. Line ends are written as given. Raises WritingError, and InputError for a
    `path` at which no file can be.
    """
    folder = path.parent
    check_file(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise WritingError(_sentence(path, error)) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
        _sync_folder(folder)
    except OSError as error:
        raise WritingError(_sentence(path, error)) from None
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _umask() -> int:
    # There is no way to read it but to set it. mkstemp makes files that only we can read;
    # an export is to be shared like any other file its owner writes.
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{path}: the folder {path.parent} may not be written; write elsewhere."
        case errno.ENOSPC | errno.EDQUOT:
            return f"{path}: the disk is full; free some space and run the command again."
        case _:
            return f"{path}: it could not be written ({error.strerror}); write elsewhere."

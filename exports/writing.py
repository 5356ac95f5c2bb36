"""Files that are there whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

from bot.domain.errors import IntercoderError
from bot.domain.targets import check_file

Result = TypeVar("Result")


class WritingError(IntercoderError):
    """A file could not be written; what stood there before still does."""


@contextmanager
def replacing(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Open a text file for writing that takes the place of `path` once it is complete.

    Line ends are written as given. Else as `replacing_path`.
    """
    with replacing_path(path) as part, part.open("w", encoding=encoding, newline="") as file:
        yield file


@contextmanager
def replacing_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file of bytes for writing, as `replacing` does one of text."""
    with replacing_path(path) as part, part.open("wb") as file:
        yield file


@contextmanager
def replacing_path(path: Path) -> Iterator[Path]:
    """Yield the path of an empty file that takes the place of `path` once the block is done.

    It has another name in the same folder, and is flushed to the disk, then renamed: a reader
    sees the old file or the new one. On any error the new one is removed and the old one stays.
    Raises WritingError, and InputError for a `path` at which no file can be.
    """
    folder = path.parent
    check_file(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise WritingError(_sentence(path, error)) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        _sync(part)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
        _sync(folder)
    except OSError as error:
        raise WritingError(_sentence(path, error)) from None
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield a folder for what is needed while `path` is written, on the same disk; it goes after.

    Raises WritingError, and InputError for a `path` at which no file can be.
    """
    check_file(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise WritingError(_sentence(path, error)) from None


async def in_thread(work: Callable[[], Result]) -> Result:
    """Return what `work` does in a thread of its own, while the event loop goes on.

    Who is cancelled meanwhile waits for its end: it writes files that are cleared away after.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise


def _umask() -> int:
    # There is no way to read it but to set it. mkstemp makes files that only we can read;
    # an export is to be shared like any other file its owner writes.
    current = os.umask(0)
    os.umask(current)
    return current


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
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

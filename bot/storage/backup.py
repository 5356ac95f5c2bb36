"""A copy of a live database, complete or not at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.storage.errors import StorageError, speaking
from bot.storage.sqlite import file_of, parse_url

Progress = Callable[[int, int], None]
"""Called with (pages copied, pages in all), in the thread that copies."""

_PAGES = 1_000  # copied at a time, about 4 MB; the database can be written to in between


async def backup(url: str, target: Path, progress: Progress | None = None) -> Path:
    """Copy the database to `target` while it may be in use; returns `target`.

    Written beside the target and renamed when it is on disk, so that an earlier backup stays
    until then. Raises StorageError if there is no database or no room.
    """
    await asyncio.to_thread(_backup, file_of(parse_url(url)), target, progress)
    return target


def _backup(source: Path, target: Path, progress: Progress | None) -> None:
    if not source.is_file():
        raise StorageError(f"{source}: there is no such database; check the database url.")
    if target.is_dir():
        raise StorageError(f"{target}: this is a folder; name the file to write.")
    if target.exists() and target.samefile(source):
        raise StorageError(f"{target}: this is the database itself; name another file.")
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with speaking(str(source)), closing(_reading(source)) as original:
            original.execute("SELECT count(*) FROM sqlite_master")  # is it a database at all
            with speaking(str(target)):
                _write(original, aside, progress)
                aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _reading(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)


def _write(original: sqlite3.Connection, aside: Path, progress: Progress | None) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with closing(sqlite3.connect(aside)) as copy:
        original.backup(copy, pages=_PAGES, progress=told)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
    with aside.open("rb+") as written:
        os.fsync(written.fileno())

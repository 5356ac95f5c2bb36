"""A copy of a live database, complete or not at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from bot.domain.targets import check_file
from bot.storage.errors import StorageError, speaking
from bot.storage.sqlite import file_of, is_part_of, parse_url, reading

Progress = Callable[[int, int], None]
"""Called with (pages copied, pages in all), in the thread that copies."""

_PAGES = 1_000  # copied at a time, about 4 MB; the database can be written to in between


_HEADER = b"SQLite format 3\0"
_TABLES = {"alembic_version", "messages", "codings"}


async def backup(
    url: str, target: Path, progress: Progress | None = None, *, force: bool = False
) -> Path:
    """Copy the database to `target` while it may be in use; returns `target`.

    Written beside the target and renamed when it is on disk, so that an earlier backup stays
    until then. Raises what `check_target` does, and StorageError if there is no room.
    """
    check_target(url, target, force=force)
    await asyncio.to_thread(_backup, file_of(parse_url(url)), target, progress)
    return target


def check_target(url: str, target: Path, *, force: bool = False) -> None:
    """Raise StorageError or InputError if the database cannot be copied to `target`.

    What stands there is replaced only if it is an earlier backup, or with `force`; never the
    database itself.
    """
    source = file_of(parse_url(url))
    if not source.is_file():
        raise StorageError(f"{source}: there is no such database; check the database url.")
    check_file(target)
    if is_part_of(target, source):
        raise StorageError(
            f"{target}: this is the database itself, or a file that belongs to it; name another "
            "file."
        )
    if not force and target.exists() and target.stat().st_size and not _is_backup(target):
        raise StorageError(
            f"{target}: this file is there and is no earlier backup; name another file, or replace "
            "it with --force."
        )


def _is_backup(file: Path) -> bool:
    """Tell whether `file` is a database of ours that nobody has written to since it was copied.

    One that is written to is in WAL mode: 2 in byte 18 (sqlite.org/fileformat.html), a copy 1.
    """
    with file.open("rb") as opened:
        header = opened.read(20)
    if not header.startswith(_HEADER) or header[18:20] != b"\1\1":
        return False
    with suppress(sqlite3.Error), closing(reading(file)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows} >= _TABLES
    return False


def _backup(source: Path, target: Path, progress: Progress | None) -> None:
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with speaking(str(source)), closing(reading(source)) as original:
            original.execute("SELECT count(*) FROM sqlite_master")  # is it a database at all
            with speaking(str(target)):
                _write(original, aside, progress)
                aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _write(original: sqlite3.Connection, aside: Path, progress: Progress | None) -> None:
    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with closing(sqlite3.connect(aside)) as copy:
        original.backup(copy, pages=_PAGES, progress=told)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
    with aside.open("rb+") as written:
        os.fsync(written.fileno())

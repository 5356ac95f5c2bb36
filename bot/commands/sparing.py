"""What an export must not replace: the database that it reads, and anybody's own work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.domain.errors import InputError


def spare_database(out: Path, url: str) -> None:
    """Raise InputError for the database that is read: not even --force means that."""
    from bot.storage.sqlite import file_of, is_part_of, is_sqlite, parse_url  # noqa: PLC0415

    database = parse_url(url)
    if is_sqlite(database) and is_part_of(out, file_of(database)):
        raise InputError(
            "this is the database itself, or a file that belongs to it",
            "write to another file",
            source=out,
        )


def spare(out: Path, is_ours: Callable[[Path], bool], *, force: bool) -> None:
    """Raise InputError for a file that is not an export of ours: it may be somebody's work."""
    if force or not out.is_file() or out.stat().st_size == 0 or is_ours(out):
        return
    raise InputError(
        "this file is there and is no earlier export of this kind",
        "write to another file, or replace it with --force",
        source=out,
    )

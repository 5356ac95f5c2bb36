"""Exports for the bot: written by a worker thread into a folder, through `exports`."""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.storage.rows import CodedDiscussion, Study
from bot.storage.sqlite import file_of, is_sqlite, parse_url
from bot.storage.store import Store
from exports.codebook_toml import write_codebook
from exports.csv_transcript import write_csv
from exports.jsonl import write_jsonl

_ELSEWHERE = Path("data/exports")


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written, its size, and what is in it as a sentence."""

    path: Path
    bytes: int
    told: str


class StoppedError(Exception):
    """Nobody waits for the export any more."""


def write_export(
    url: str,
    study: Study,
    session: str | None,
    form: str,
    folder: Path,
    stop: threading.Event | None = None,
) -> Exported:
    """Write a study, or one session of it, into `folder`: csv, jsonl or codebook. Blocks.

    Raises InputError if there is nothing to write, WritingError, StorageError, and StoppedError
    soon after `stop` is set: a bot that is stopped waits for its threads.
    """
    if form == "codebook":
        book = study.codebook
        path = folder / f"{_safe(book.id)}.toml"
        write_codebook(book, path)
        told = f"Codebook {book.id!r}, version {book.version}: {many(len(book.codes), 'code')}."
    else:
        path, told = asyncio.run(_transcript(url, study, session, form, folder, stop))
    return Exported(path, path.stat().st_size, told)


def exports_folder(url: str) -> Path:
    """Return where files stay that are too large for Discord: beside an SQLite database."""
    parsed = parse_url(url)
    return file_of(parsed).parent / "exports" if is_sqlite(parsed) else _ELSEWHERE


def keep(path: Path, folder: Path) -> Path:
    """Move a file into `folder`, made if need be, and return its path there. Blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(path, folder / path.name)).resolve()


async def _transcript(
    url: str,
    study: Study,
    session: str | None,
    form: str,
    folder: Path,
    stop: threading.Event | None,
) -> tuple[Path, str]:
    write = write_csv if form == "csv" else write_jsonl
    async with await Store.open(url) as store:
        at: datetime = store.connections.clock()
        path = folder / f"{_safe(session or study.name)}-{at:%Y%m%d-%H%M%S}.{form}"
        async with aclosing(store.transcripts.stream(study.id, session)) as stream:
            counted = await write(_until(stop, stream), study.name, path)
    if not counted.messages:
        raise InputError("there is no message to export yet", "come back after some were written")
    told = (
        f"{many(counted.messages, 'message')} with {many(counted.codings, 'coding')}; "
        f"{counted.uncoded:,} without any."
    )
    return path, told


async def _until(
    stop: threading.Event | None, stream: AsyncIterator[CodedDiscussion]
) -> AsyncIterator[CodedDiscussion]:
    async for coded in stream:
        if stop is not None and stop.is_set():
            raise StoppedError
        yield coded


def _safe(name: str) -> str:
    """Return a name that every file system takes."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "export"

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
from types import MappingProxyType

from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.storage.rows import CodedDiscussion, Study
from bot.storage.sqlite import file_of, is_sqlite, parse_url
from bot.storage.store import Store
from bot.storage.transcript import Reach
from exports.about import About
from exports.asking import wanted
from exports.codebooks.codebook_toml import write_codebook
from exports.forms import FORMS, check_layout
from exports.recording import record_export

CODEBOOK, QDC = "codebook", "qdc"
CODEBOOKS = MappingProxyType(
    {
        CODEBOOK: "the codes as a .toml file, to edit and to set up with",
        QDC: "the codes for NVivo, ATLAS.ti, MAXQDA, QualCoder",
    }
)
"""The forms of a codebook, and what each is for; it has no layouts."""

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
    layout: str = "long",
) -> Exported:
    """Write a study, or one session of it, into `folder`: by FORMS or CODEBOOKS. Blocks.

    Raises InputError if there is nothing to write, WritingError, StorageError, and StoppedError
    soon after `stop` is set: a bot that is stopped waits for its threads.
    """
    if form in CODEBOOKS:
        if layout != "long":
            raise InputError("a codebook has no layouts", "leave layout: out")
        path, told = _codebook(study.codebook, form, folder)
    else:
        path, told = asyncio.run(_transcript(url, study, session, form, layout, folder, stop))
    return Exported(path, path.stat().st_size, told)


def exports_folder(url: str) -> Path:
    """Return where files stay that are too large for Discord: beside an SQLite database."""
    parsed = parse_url(url)
    return file_of(parsed).parent / "exports" if is_sqlite(parsed) else _ELSEWHERE


def keep(path: Path, folder: Path) -> Path:
    """Move a file into `folder`, made if need be, and return its path there. Blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(path, folder / path.name)).resolve()


def _codebook(book: Codebook, form: str, folder: Path) -> tuple[Path, str]:
    if form == QDC:
        from exports.refi.codebook import write_qdc  # noqa: PLC0415 - lxml is seldom needed

        path = folder / f"{_safe(book.id)}.qdc"
        write_qdc(book, path)
    else:
        path = folder / f"{_safe(book.id)}.toml"
        write_codebook(book, path)
    return path, f"Codebook {book.id!r}, version {book.version}: {many(len(book.codes), 'code')}."


async def _transcript(
    url: str,
    study: Study,
    session: str | None,
    form: str,
    layout: str,
    folder: Path,
    stop: threading.Event | None,
) -> tuple[Path, str]:
    chosen = FORMS[form]
    check_layout(chosen, layout)
    async with await Store.open(url) as store:
        at: datetime = store.connections.clock()
        path = folder / f"{_safe(session or study.name)}-{at:%Y%m%d-%H%M%S}{chosen.suffixes[0]}"
        about = await About.read(store, study)
        more = await wanted(chosen, layout, store, study, session)
        reach = Reach()
        async with aclosing(store.transcripts.stream(study.id, session, reach)) as stream:
            counted = await chosen.write(_until(stop, stream), about, path, more)
        if not counted.messages:
            raise InputError(
                "there is no message to export yet", "come back after some were written"
            )
        await record_export(store, study, path, chosen.name, reach, session=session)
    return path, counted.sentence()


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

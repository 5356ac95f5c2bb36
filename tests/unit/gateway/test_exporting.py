from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.codebook import codebook_from_codes, load_codebook
from bot.domain.discussion import Thread
from bot.domain.errors import InputError
from bot.gateway.staff.exporting import StoppedError, exports_folder, keep, write_export
from bot.storage.rows import Arrival, Study
from bot.storage.sessions import Start
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from exports.forms import FORMS

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
BOOK = codebook_from_codes(["A", "B"], "book")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(sqlite_url(tmp_path / "study.db")) as opened:
        yield opened


async def study_with(store: Store, *sessions: str) -> Study:
    study = await store.studies.open("A study", BOOK)
    for number, name in enumerate(sessions):
        thread = Thread(f"t{number}", "Group")
        await store.sessions.start(Start(study.id, name, thread, None, 0))
        said = Arrival(thread.id, f"m{number}", 1, "ann", f"words of {name}", AT)
        await store.messages.receive(study.id, said)
    return study


def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "study.db")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_a_worker_writes_one_session_while_the_bot_has_the_database_open(
    store: Store, tmp_path: Path, form: str
) -> None:
    study = await study_with(store, "monday one", "tuesday")
    folder = tmp_path / "out"
    folder.mkdir()
    found = await asyncio.to_thread(write_export, url(tmp_path), study, "monday one", form, folder)
    text = found.path.read_text("utf-8-sig")
    assert "words of monday one" in text
    assert "words of tuesday" not in text
    assert found.bytes == found.path.stat().st_size
    assert found.path.name.startswith("monday-one-")
    assert found.path.suffix == f".{form}"
    assert found.told == "1 message with 0 codings; 1 without any."


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_is_written_for_discord(store: Store, tmp_path: Path, form: str) -> None:
    study = await study_with(store, "monday")
    found = await asyncio.to_thread(write_export, url(tmp_path), study, None, form, tmp_path)
    assert found.path.name.endswith(FORMS[form].suffixes[0])
    assert FORMS[form].is_ours(found.path)
    assert found.told.startswith("1 message with 0 codings")


async def test_a_wide_table_for_discord(store: Store, tmp_path: Path) -> None:
    study = await study_with(store, "monday")
    given = (url(tmp_path), study, None, "csv", tmp_path, None, "wide")
    found = await asyncio.to_thread(write_export, *given)
    assert found.path.read_text("utf-8-sig").startswith("dataset,session,")


async def test_a_whole_study_without_a_session(store: Store, tmp_path: Path) -> None:
    study = await study_with(store, "monday", "tuesday")
    found = await asyncio.to_thread(write_export, url(tmp_path), study, None, "csv", tmp_path)
    assert found.path.name.startswith("A-study-")
    assert found.told.startswith("2 messages")


async def test_an_export_that_nobody_waits_for_ends(store: Store, tmp_path: Path) -> None:
    study = await study_with(store, "monday")
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        await asyncio.to_thread(write_export, url(tmp_path), study, None, "csv", tmp_path, stop)


async def test_the_codebook_reads_back_equal(store: Store, tmp_path: Path) -> None:
    study = await study_with(store)
    found = await asyncio.to_thread(write_export, url(tmp_path), study, None, "codebook", tmp_path)
    assert load_codebook(found.path) == BOOK


async def test_nothing_to_export_says_so(store: Store, tmp_path: Path) -> None:
    study = await study_with(store)
    with pytest.raises(InputError, match="no message to export"):
        await asyncio.to_thread(write_export, url(tmp_path), study, None, "csv", tmp_path)


def test_large_files_stay_beside_the_database(tmp_path: Path) -> None:
    folder = exports_folder(sqlite_url(tmp_path / "study.db"))
    assert folder == tmp_path / "exports"
    assert exports_folder("postgresql+asyncpg://host/db") == Path("data/exports")
    written = tmp_path / "file.csv"
    written.write_text("x")
    kept = keep(written, folder)
    assert kept == (folder / "file.csv").resolve()
    assert kept.read_text() == "x"
    assert not written.exists()

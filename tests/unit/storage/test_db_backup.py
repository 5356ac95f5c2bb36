"""A backup is a whole database, or there is none."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from study_db import arrival, files_in, fill

from bot.domain.errors import InputError
from bot.storage.backup import backup
from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def test_a_backup_of_a_database_in_use_opens_and_is_sound(tmp_path: Path) -> None:
    url, target = sqlite_url(tmp_path / "a.db"), tmp_path / "copy.db"
    steps: list[tuple[int, int]] = []
    async with await Store.open(url) as store:
        await fill(store, 50)
        study = await store.studies.find("study")
        assert study is not None
        copying = asyncio.create_task(backup(url, target, lambda *step: steps.append(step)))
        await store.messages.receive(study.id, arrival(60))
        assert await copying == target
    assert steps[-1][0] == steps[-1][1] > 0
    assert files_in(tmp_path) == ["a.db", "copy.db"]
    assert await check(sqlite_url(target)) == []
    async with await Store.open(sqlite_url(target)) as copy:
        assert await copy.transcripts.size(study.id) in (50, 51)


async def test_what_cannot_be_backed_up_leaves_an_earlier_backup_alone(tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    await (await Store.open(sqlite_url(tmp_path / "old.db"))).close()
    await backup(sqlite_url(tmp_path / "old.db"), target)
    yesterdays = target.read_bytes()
    for name in files_in(tmp_path):
        if name.startswith("old.db"):
            (tmp_path / name).unlink()
    (tmp_path / "notes.txt").write_text("no database " * 100)
    with pytest.raises(StorageError, match="no SQLite database"):
        await backup(sqlite_url(tmp_path / "notes.txt"), target)
    with pytest.raises(StorageError, match="there is no such database"):
        await backup(sqlite_url(tmp_path / "nothing.db"), target)
    with pytest.raises(InputError, match="this is a folder"):
        await backup(sqlite_url(tmp_path / "notes.txt"), tmp_path)
    with pytest.raises(StorageError, match="the database itself"):
        await backup(sqlite_url(target), target)
    with pytest.raises(StorageError, match="a file that belongs to it"):
        await backup(sqlite_url(tmp_path / "notes.txt"), tmp_path / "notes.txt-wal")
    assert target.read_bytes() == yesterdays
    assert files_in(tmp_path) == ["copy.db", "notes.txt"]


async def test_a_backup_into_no_folder_is_said(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")):
        with pytest.raises(InputError, match=r"copy\.db: there is no folder .*nowhere"):
            await backup(sqlite_url(tmp_path / "a.db"), tmp_path / "nowhere" / "copy.db")


def only_notes(path: Path) -> None:
    path.write_text("an afternoon of work")


def somebody_elses_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")


async def a_study_that_is_worked_on(path: Path) -> None:
    async with await Store.open(sqlite_url(path)) as store:
        await fill(store, 3)


@pytest.mark.parametrize("make", [only_notes, somebody_elses_database, a_study_that_is_worked_on])
async def test_nothing_but_an_earlier_backup_is_replaced_unless_forced(
    tmp_path: Path, make
) -> None:
    url, target = sqlite_url(tmp_path / "a.db"), tmp_path / "there"
    await (await Store.open(url)).close()
    if (made := make(target)) is not None:
        await made
    before = target.read_bytes()
    with pytest.raises(StorageError, match=r"is no earlier backup; .* with --force"):
        await backup(url, target)
    assert target.read_bytes() == before
    await backup(url, target, force=True)
    assert await check(sqlite_url(target)) == []
    await backup(url, target)  # now it is one
    assert not [name for name in files_in(tmp_path) if "there" in name and name != "there"]


async def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    await (await Store.open(url)).close()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a device or a pipe"):
        await backup(url, tmp_path / "pipe", force=True)
    assert (tmp_path / "pipe").is_fifo()

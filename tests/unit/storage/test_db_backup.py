"""A backup is a whole database, or there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from study_db import arrival, files_in, fill

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
    target.write_text("yesterday's")
    (tmp_path / "notes.txt").write_text("no database " * 100)
    with pytest.raises(StorageError, match="no SQLite database"):
        await backup(sqlite_url(tmp_path / "notes.txt"), target)
    with pytest.raises(StorageError, match="there is no such database"):
        await backup(sqlite_url(tmp_path / "nothing.db"), target)
    with pytest.raises(StorageError, match="this is a folder"):
        await backup(sqlite_url(tmp_path / "notes.txt"), tmp_path)
    with pytest.raises(StorageError, match="the database itself"):
        await backup(sqlite_url(target), target)
    assert target.read_text() == "yesterday's"
    assert files_in(tmp_path) == ["copy.db", "notes.txt"]


async def test_a_backup_into_no_folder_is_said(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")):
        with pytest.raises(StorageError, match=r"copy\.db: the file cannot be opened"):
            await backup(sqlite_url(tmp_path / "a.db"), tmp_path / "nowhere" / "copy.db")

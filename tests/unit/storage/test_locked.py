"""A database that another program is writing to: said, and usable again afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from study_db import arrival, begin

from bot.storage import sqlite
from bot.storage.errors import StorageError
from bot.storage.store import Store


async def test_a_locked_database_is_said_and_the_next_write_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.0)
    async with await Store.open(sqlite.sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        other = sqlite3.connect(tmp_path / "a.db")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"a\.db: another program is writing"):
            await store.messages.receive(study.id, arrival(1))
        assert await store.transcripts.size(study.id) == 0  # reading goes on meanwhile
        other.rollback()
        other.close()
        assert (await store.messages.receive(study.id, arrival(1))).new

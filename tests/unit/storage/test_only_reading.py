"""Reading where nothing can be written: what somebody else writes meanwhile is seen."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.sqlite import looking_engine, parse_url, reading, sqlite_url

_COUNT = "SELECT count(*) FROM said"


@pytest.fixture(params=["WAL", "DELETE"])
def file(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a database that nobody has open, in a folder that we may not write to."""
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute(f"PRAGMA journal_mode = {request.param}")
        made.execute("CREATE TABLE said (words TEXT)")
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != tmp_path and access(p, mode))
    return file


def say(file: Path) -> None:
    """Write as the service of another account does."""
    with closing(sqlite3.connect(file)) as service, service:
        service.execute("INSERT INTO said VALUES ('word')")


def test_what_another_account_writes_is_read(file: Path) -> None:
    with closing(reading(file)) as connection:
        assert connection.execute(_COUNT).fetchone() == (0,)
        say(file)
        assert connection.execute(_COUNT).fetchone() == (1,)


async def test_so_it_is_by_an_engine_that_looks(file: Path) -> None:
    engine = looking_engine(parse_url(sqlite_url(file)))
    async with engine.connect() as connection:
        assert await connection.scalar(text(_COUNT)) == 0
        await connection.rollback()
        say(file)
        assert await connection.scalar(text(_COUNT)) == 1
    await engine.dispose()


def test_a_database_that_sqlite_can_have_no_locks_for_is_read(file: Path) -> None:
    Path(f"{file}-shm").symlink_to("/nowhere/shm")
    with closing(reading(file)) as connection:
        assert connection.execute(_COUNT).fetchone() == (0,)

"""A database has one live bot, by whatever name it is given."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest
import structlog

from bot.storage.errors import StorageError
from bot.storage.one_bot import one_bot
from bot.storage.sqlite import is_part_of, sqlite_url
from bot.storage.store import Store


async def test_a_second_bot_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    file, other = tmp_path / "study.db", tmp_path / "by-another-name.db"
    other.symlink_to(file)
    with one_bot(sqlite_url(file)):
        for name in (file, other):
            refused = pytest.raises(StorageError, match=f"{name}: another bot is running on this")
            with refused, one_bot(sqlite_url(name)):
                pass
        with one_bot(sqlite_url(tmp_path / "pilot.db")):
            pass
        async with await Store.open(sqlite_url(file)) as store:  # whoever is no bot
            assert await store.studies.names() == ()
    with one_bot(sqlite_url(other)):
        pass
    assert is_part_of(tmp_path / "study.db.run", file)


def test_another_database_keeps_its_own_order() -> None:
    url = "postgresql+asyncpg://lab/study"
    with one_bot(url), one_bot(url):
        pass


def test_a_lock_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "study.db.run").mkdir()
    refused = pytest.raises(
        StorageError, match=r"study\.db\.run: this cannot be written \(Is a dir"
    )
    with refused, one_bot(sqlite_url(tmp_path / "study.db")):
        pass


def test_a_file_system_without_locks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", Mock(side_effect=OSError(95, "not supported")))
    with structlog.testing.capture_logs() as logs, one_bot(sqlite_url(tmp_path / "study.db")):
        pass
    assert ["has no locks" in line["event"] for line in logs] == [True]

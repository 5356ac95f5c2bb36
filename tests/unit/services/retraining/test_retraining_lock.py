"""One retraining a database, by whatever name it is given."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from bot.domain.errors import InputError
from bot.services.retraining.lock import BusyError, is_running, one_retraining
from bot.storage.sqlite import is_part_of, sqlite_url


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    file, other = tmp_path / "study.db", tmp_path / "by-another-name.db"
    file.touch()
    other.symlink_to(file)
    with one_retraining(sqlite_url(file)):
        assert is_running(sqlite_url(other))
        with pytest.raises(BusyError, match="a retraining is running already; wait"):
            one_retraining(sqlite_url(other)).__enter__()
        assert not is_running(sqlite_url(tmp_path / "pilot.db"))
    assert not is_running(sqlite_url(other))
    assert is_part_of(tmp_path / "study.db.train", file)


def test_a_lock_that_cannot_be_kept_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "study.db.train").mkdir()
    url = sqlite_url(tmp_path / "study.db")
    with pytest.raises(InputError, match=r"study\.db\.train: this cannot be written \(Is a dir"):
        one_retraining(url).__enter__()
    (tmp_path / "study.db.train").rmdir()
    none = patch("fcntl.flock", side_effect=OSError(95, "not supported"))
    with none, pytest.raises(InputError, match="this file system has no locks"):
        one_retraining(url).__enter__()


def test_another_database_has_its_lock_among_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = "postgresql+asyncpg://lab/study"
    with one_retraining(url):
        assert is_running(url)
    assert (tmp_path / "data" / "retrainings" / ".lock").is_file()

"""A lock has one holder, and looking whether it is held keeps nobody from it."""

from __future__ import annotations

import fcntl
import os
from functools import partial
from pathlib import Path

import pytest

from bot.storage import file_lock
from bot.storage.file_lock import HeldError, NoLocksError, hold, is_held


def test_one_holds_it_until_its_descriptor_is_closed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_held(lock)
    assert not lock.exists()  # looking leaves nothing
    descriptor = hold(lock)
    assert is_held(lock)
    with pytest.raises(HeldError):
        hold(lock)
    os.close(descriptor)
    assert not is_held(lock)
    os.close(hold(lock))


def test_who_begins_while_somebody_looks_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    begun: list[int] = []
    plain = file_lock._taken

    def while_looking(descriptor: int, *, alone: bool) -> bool:
        """Begin at the very moment at which the one who looks has the lock."""
        found = plain(descriptor, alone=alone)
        monkeypatch.setattr(file_lock, "_taken", plain)
        over = partial(fcntl.flock, descriptor, fcntl.LOCK_UN)
        monkeypatch.setattr("time.sleep", lambda _: over())
        begun.append(hold(lock))
        return found

    monkeypatch.setattr(file_lock, "_taken", while_looking)
    assert not is_held(lock)
    os.close(*begun)


def test_many_may_look_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    looking = os.open(lock, os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not is_held(lock)
    os.close(looking)


def test_without_locks_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: int) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr("fcntl.flock", none)
    with pytest.raises(NoLocksError, match="not supported"):
        hold(tmp_path / "lock")

"""One retraining a database: a lock beside it, held by whoever watches and by whoever trains."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import InputError
from bot.services.retraining.places import beside
from bot.storage.sqlite import is_sqlite, parse_url


class BusyError(InputError):
    """A retraining runs already on this database."""


@contextmanager
def one_retraining(url: str) -> Iterator[int]:
    """Keep every other retraining from the database at `url` while the block runs.

    Gives the lock's descriptor, for the process that trains to inherit: the lock is free only
    when both have ended, however they did. Raises BusyError, and InputError where it cannot be
    kept at all: two retrainings would take the memory of both.
    """
    lock = _lock_file(url)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(
            f"this cannot be written ({error.strerror}), and it keeps two retrainings apart",
            "give yourself write permission",
            source=lock,
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "a retraining is running already", "wait for its end; status shows how far it is"
            ) from None
        except OSError as error:
            raise InputError(
                f"this file system has no locks ({error.strerror})",
                "keep the database on a local disk to retrain beside it",
                source=lock,
            ) from None
        yield descriptor
    finally:
        os.close(descriptor)


def is_running(url: str) -> bool:
    """Tell whether somebody holds the lock: a retraining is under way."""
    try:
        with one_retraining(url):
            return False
    except BusyError:
        return True


def _lock_file(url: str) -> Path:
    """Return the lock's file, which stays: deleted, two could hold it."""
    parsed = parse_url(url)
    if is_sqlite(parsed):
        # Whatever name the database was given by, its file has one lock.
        return Path(f"{Path(str(parsed.database)).resolve()}.train")
    return beside(url) / ".lock"

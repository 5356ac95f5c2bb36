"""One retraining a database: a lock beside it, held by whoever watches and by whoever trains."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import InputError
from bot.services.retraining.places import beside
from bot.storage.file_lock import HeldError, NoLocksError, hold, is_held
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
    with _speaking(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = hold(lock)
        except HeldError:
            raise BusyError(
                "a retraining is running already", "wait for its end; status shows how far it is"
            ) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_running(url: str) -> bool:
    """Tell whether a retraining is under way; one that begins meanwhile is not hindered.

    Raises InputError where that cannot be known.
    """
    lock = _lock_file(url)
    with _speaking(lock):
        return is_held(lock)


@contextmanager
def _speaking(lock: Path) -> Iterator[None]:
    """Turn a lock that cannot be kept into a sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"this cannot be written ({error.strerror}), and it keeps two retrainings apart",
            "give yourself write permission",
            source=lock,
        ) from None
    except NoLocksError as error:
        raise InputError(
            f"this file system has no locks ({error})",
            "keep the database on a local disk to retrain beside it",
            source=lock,
        ) from None


def _lock_file(url: str) -> Path:
    parsed = parse_url(url)
    if is_sqlite(parsed):
        # Whatever name the database was given by, its file has one lock.
        return Path(f"{Path(str(parsed.database)).resolve()}.train")
    return beside(url) / ".lock"

"""What storage refuses, as sentences; no driver's error leaves this package raw."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from bot.domain.errors import IntercoderError


class StorageError(IntercoderError):
    """The database cannot do what was asked: which database, what is wrong, what to do."""


class NotFollowedError(StorageError):
    """A message from a thread, or from a time, in which no discussion is running."""


_REMEDIES = {
    "SQLITE_FULL": "the disk is full; free some space, nothing of this step was stored",
    "SQLITE_READONLY": "the file or its folder is read-only; give yourself write permission",
    "SQLITE_CANTOPEN": "the file cannot be opened; check that its folder exists and is writable",
    "SQLITE_PERM": "the file may not be opened; give yourself permission",
    "SQLITE_BUSY": "another program is writing to it; end that program, then try again",
    "SQLITE_LOCKED": "another program is writing to it; end that program, then try again",
    "SQLITE_NOTADB": "this file is no SQLite database; name another file",
    "SQLITE_CORRUPT": "the file is damaged; run `intercoder db check`, then restore a backup",
    "SQLITE_IOERR": "the disk reports an error; check it, then run `intercoder db check`",
}


def storage_error(error: BaseException, place: str) -> StorageError:
    """Return `error` of a driver as one sentence about the database at `place`.

    The sentence never holds a statement's values: those are participants' words.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    name = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    for prefix, sentence in _REMEDIES.items():
        if str(name).startswith(prefix):
            return StorageError(f"{place}: {sentence}.")
    return StorageError(
        f"{place}: the database refused a step ({name}); "
        "run `intercoder db check` and keep the log."
    )


def ends_the_transaction(error: BaseException) -> bool:
    """Tell whether `error` leaves no transaction to go on with (disk full and the like).

    A broken constraint is the one driver error that a savepoint undoes.
    """
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)


@contextmanager
def speaking(place: str) -> Iterator[None]:
    """Turn the driver's errors inside the block into a StorageError about `place`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        if isinstance(error, asyncio.TimeoutError):
            raise
        raise storage_error(error, place) from error

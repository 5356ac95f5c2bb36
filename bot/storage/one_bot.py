"""One live bot a database: a lock beside the file, which the system itself lets go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.storage.errors import StorageError
from bot.storage.file_lock import HeldError, NoLocksError, hold
from bot.storage.sqlite import file_of, is_sqlite, parse_url

_log = structlog.get_logger(__name__)


@contextmanager
def one_bot(url: str) -> Iterator[None]:
    """Keep every other live bot from the SQLite file of `url` while the block runs.

    Its folder must be there. Raises StorageError if a bot has it. Whoever else reads or writes
    the database is not kept from it; other databases have no such lock, and where the file system
    has none that is logged.
    """
    parsed = parse_url(url)
    descriptor = _held(file_of(parsed)) if is_sqlite(parsed) else None
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _held(database: Path) -> int | None:
    """Return what holds the database's lock; None where there are no locks."""
    # Whatever name the database was given by, its file has one lock.
    lock = Path(f"{database.resolve()}.run")
    try:
        return hold(lock)
    except HeldError:
        raise StorageError(
            f"{database}: another bot is running on this database, and two would code and "
            "answer everything twice; stop that one first, or name another database in "
            "INTERCODER_DATABASE__URL."
        ) from None
    except NoLocksError as error:
        _log.warning(
            "this file system has no locks: a second bot would not be noticed", error=str(error)
        )
        return None
    except OSError as error:
        raise StorageError(
            f"{lock}: this cannot be written ({error.strerror}), and it keeps a second bot from "
            "the database; give yourself write permission."
        ) from None

"""One live bot a database: a lock beside the file, which the system itself lets go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.storage.errors import StorageError
from bot.storage.sqlite import file_of, is_sqlite, parse_url

if sys.platform != "win32":
    import fcntl

_log = structlog.get_logger(__name__)


@contextmanager
def one_bot(url: str) -> Iterator[None]:
    """Keep every other live bot from the SQLite file of `url` while the block runs.

    Its folder must be there. Raises StorageError if a bot has it. Whoever else reads or writes
    the database is not kept from it; other databases, and Windows, have no such lock.
    """
    parsed = parse_url(url)
    if sys.platform == "win32" or not is_sqlite(parsed):
        yield
        return
    database = file_of(parsed)
    descriptor = _opened(database)
    try:
        try:
            # Held until it is closed: also by the system, for a process that was killed.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                f"{database}: another bot is running on this database, and two would code and "
                "answer everything twice; stop that one first, or name another database in "
                "INTERCODER_DATABASE__URL."
            ) from None
        except OSError as error:
            _log.warning(
                "this file system has no locks: a second bot would not be noticed",
                error=error.strerror,
            )
        yield
    finally:
        os.close(descriptor)


def _opened(database: Path) -> int:
    """Return a descriptor of the lock's file, which stays: deleted, two could hold it."""
    # Whatever name the database was given by, its file has one lock.
    lock = Path(f"{database.resolve()}.run")
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"{lock}: this cannot be written ({error.strerror}), and it keeps a second bot from "
            "the database; give yourself write permission."
        ) from None

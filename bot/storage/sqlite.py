"""All that is particular to SQLite: pragmas, BEGIN IMMEDIATE, one engine to write, one to read.

Any other database URL (postgresql+asyncpg) gets plain engines with the same statements; that
path is written portably and is not tested here.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.errors import StorageError

_BUSY_SECONDS = 10.0  # a backup or another program may hold the lock for a moment
_READERS = 4  # connections that read at a time; more wait


def sqlite_url(path: Path) -> str:
    """Return the database URL of the SQLite file at `path`."""
    return URL.create("sqlite+aiosqlite", database=str(path)).render_as_string()


def parse_url(url: str) -> URL:
    """Return the parsed URL; raises StorageError for one that no store can be opened at."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(
            f"database url {url.split('://', maxsplit=1)[0]!r} is not readable; "
            "write sqlite+aiosqlite:///data/intercoder.db."
        ) from None
    if not is_sqlite(parsed):
        return parsed
    if parsed.database in (None, "", ":memory:"):
        raise StorageError(
            "a database in memory would be lost with the process; "
            "name a file, such as sqlite+aiosqlite:///data/intercoder.db."
        )
    return parsed.set(drivername="sqlite+aiosqlite")


def is_sqlite(url: URL) -> bool:
    """Tell whether `url` is of SQLite, by whatever driver."""
    return url.get_backend_name() == "sqlite"


def place(url: URL) -> str:
    """Return what errors call the database: the file, or the URL without its password."""
    return str(url.database) if is_sqlite(url) else url.render_as_string(hide_password=True)


def file_of(url: URL) -> Path:
    """Return the SQLite file of `url`; raises StorageError for another kind of database."""
    if not is_sqlite(url):
        raise StorageError(f"{place(url)}: not an SQLite file; use the database's own tools.")
    return Path(str(url.database))


def is_part_of(file: Path, database: Path) -> bool:
    """Tell whether `file`, by whatever name, is the SQLite database or one it keeps beside it."""
    database = database.resolve()
    ends = ("-wal", "-shm", "-journal", ".run", ".train")
    parts = [database, *(Path(f"{database}{end}") for end in ends)]
    given = file.resolve()
    return given in parts or any(
        part.exists() and given.exists() and given.samefile(part) for part in parts
    )


def reading(file: Path) -> sqlite3.Connection:
    """Return a connection that only reads `file`; raises sqlite3.Error."""
    how = "mode=ro&immutable=1" if stands_still(file) else "mode=ro"
    return sqlite3.connect(f"{file.resolve().as_uri()}?{how}", uri=True)


def stands_still(file: Path) -> bool:
    """Tell whether SQLite can read `file` only if it is told that nothing changes it.

    It keeps locks beside a database that it reads, which fails where nothing can be written. As
    long as it gets them it is not told so: somebody else may begin to write at any moment.
    """
    wal = Path(f"{file}-wal")  # what it holds is part of the database, and would not be read
    with suppress(FileNotFoundError):
        if os.access(file.parent, os.W_OK) or wal.stat().st_size:
            return False
    try:
        plain = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(plain, uri=True, timeout=0)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:  # any other is said by whoever reads it next
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return False


def writer_engine(url: URL) -> AsyncEngine:
    """Return the engine of the one connection that writes; its transactions begin IMMEDIATE."""
    if not is_sqlite(url):
        return _other_engine(url, pool_size=1, max_overflow=0)
    return _sqlite_engine(
        url,
        1,
        "BEGIN IMMEDIATE",
        ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"],
    )


def reader_engine(url: URL) -> AsyncEngine:
    """Return the engine of the connections that read: each transaction is one snapshot."""
    if not is_sqlite(url):
        return _other_engine(url, pool_size=_READERS)
    return _sqlite_engine(_as_it_stands(url), _READERS, "BEGIN", ["query_only = ON"])


def looking_engine(url: URL) -> AsyncEngine:
    """Return an engine that only looks: it neither creates a file nor changes its mode."""
    if not is_sqlite(url):
        return _other_engine(url)
    return _sqlite_engine(_as_it_stands(url), 1, "BEGIN", ["query_only = ON"])


def _as_it_stands(url: URL) -> URL:
    file = file_of(url)
    if not stands_still(file):
        return url
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    return url.set(database=file.resolve().as_uri(), query=query)


def _other_engine(url: URL, **pool: int) -> AsyncEngine:
    try:
        return create_async_engine(url, hide_parameters=True, **pool)
    except ImportError as error:
        driver = error.name or url.get_driver_name()
        raise StorageError(
            f"{place(url)}: this database needs {driver}, which is not installed: "
            f"pip install {driver}, or use an SQLite file."
        ) from None


def _sqlite_engine(url: URL, connections: int, begin: str, pragmas: list[str]) -> AsyncEngine:
    # isolation_level None: the driver begins nothing by itself, so that BEGIN is ours.
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": _BUSY_SECONDS},
    )

    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        try:
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
        finally:
            cursor.close()

    def begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)
    return engine

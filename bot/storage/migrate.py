"""Schema versions: which one a database has, and the way to the one this program needs."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.targets import check_kind
from bot.storage.errors import StorageError, speaking
from bot.storage.sqlite import file_of, is_sqlite, looking_engine, parse_url, place, writer_engine

_SCRIPTS = Path(__file__).parent / "migrations"


def head() -> str:
    """Return the schema version that this program reads and writes."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise StorageError("no migrations are installed; install intercoder again.")
    return found


async def current(url: str) -> str | None:
    """Return the database's schema version; None where nothing has been written yet.

    Raises StorageError if the file is no database, or holds something else's tables. The
    database is left as it is, and none is created.
    """
    parsed = parse_url(url)
    if is_sqlite(parsed):
        check_kind(file_of(parsed))
        if _is_empty(file_of(parsed)):
            return None
    async with _connected(looking_engine(parsed), parsed) as connection:
        return await connection.run_sync(_version, place(parsed))


async def upgrade(url: str) -> None:
    """Bring the database to this program's schema, in one transaction: wholly or not at all.

    Creates the file (not its folder) if there is none. Raises StorageError for a database
    of a newer version, or one that is not ours.
    """
    parsed = parse_url(url)
    refuse_newer(await current(url), place(parsed))
    fresh = file_of(parsed) if is_sqlite(parsed) and not file_of(parsed).exists() else None
    try:
        async with _connected(writer_engine(parsed), parsed) as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
    except StorageError:
        if fresh is not None:  # leave no half-made file behind
            for leftover in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
                with suppress(OSError):  # a read-only disk refuses even to remove nothing
                    leftover.unlink()
        raise


async def prepare(url: str) -> None:
    """Make the database ready to open: a new one is migrated, an older one is refused.

    Raises StorageError naming `intercoder db upgrade` for an older schema.
    """
    version = await current(url)
    if version is None:
        await upgrade(url)
        return
    refuse_newer(version, place(parse_url(url)))
    if version != head():
        raise StorageError(
            f"{place(parse_url(url))}: the database has schema {version}, this version needs "
            f"{head()}; run `intercoder db upgrade` (it can be backed up first)."
        )


def refuse_newer(version: str | None, where: str) -> None:
    """Raise StorageError if `version` is not one that this program knows."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version is not None and version not in known:
        raise StorageError(
            f"{where}: the database has schema {version}, which this version does not know; "
            "use the newer intercoder that wrote it."
        )


@asynccontextmanager
async def _connected(engine: AsyncEngine, url: URL) -> AsyncIterator[AsyncConnection]:
    """Give one connection of an engine that is disposed of at the end; errors are spoken."""
    with speaking(place(url)):
        if is_sqlite(url):
            # aiosqlite's thread outlives a connection that cannot be opened, and ends in a
            # traceback on stderr: find out without it.
            sqlite3.connect(file_of(url)).close()
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _version(connection: Connection, where: str) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and (tables := inspect(connection).get_table_names()):
        raise StorageError(
            f"{where}: this database holds other tables ({', '.join(tables[:3])}) and none of "
            "intercoder's; name another file."
        )
    return found


def _is_empty(file: Path) -> bool:
    with speaking(str(file)):
        return not file.exists() or (file.is_file() and file.stat().st_size == 0)

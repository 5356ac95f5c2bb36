"""The schema: migrations equal the tables; databases of other versions are refused untouched."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from study_db import files_in, fill

from bot.storage import (
    live_tables,  # noqa: F401 - its tables belong to the metadata
    migrate,
)
from bot.storage.check import check
from bot.storage.connections import Connections
from bot.storage.errors import StorageError
from bot.storage.sqlite import parse_url, sqlite_url
from bot.storage.store import Store
from bot.storage.tables import metadata

ROOT = Path(__file__).parents[3]


def execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def refused(file: Path) -> str:
    """Try to open the file; return the sentence, having seen that nothing was changed."""
    before = {p.name: p.read_bytes() for p in file.parent.iterdir() if p.is_file()}
    with pytest.raises(StorageError) as caught:
        await Store.open(sqlite_url(file))
    assert {p.name: p.read_bytes() for p in file.parent.iterdir() if p.is_file()} == before
    assert str(file) in str(caught.value)
    return str(caught.value)


async def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    await migrate.upgrade(url)
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_a_new_file_gets_its_tables(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    assert await migrate.current(url) is None
    assert not (tmp_path / "a.db").exists()
    await (await Store.open(url)).close()
    assert await migrate.current(url) == migrate.head()
    assert await migrate.current(url) == migrate.head()


async def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    await (await Store.open(sqlite_url(tmp_path / "a.db"))).close()
    assert await migrate.current(sqlite_url(tmp_path / "a.db")) == migrate.head()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are my notes on the experiment\n" * 100)
    assert "no SQLite database" in await refused(tmp_path / "notes.txt")


async def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    execute(tmp_path / "a.db", "CREATE TABLE recipes (id INTEGER)")
    assert "recipes" in await refused(tmp_path / "a.db")
    with pytest.raises(StorageError, match="recipes"):
        await migrate.upgrade(sqlite_url(tmp_path / "a.db"))


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    await migrate.upgrade(sqlite_url(tmp_path / "a.db"))
    execute(tmp_path / "a.db", "UPDATE alembic_version SET version_num = '9999'")
    assert "use the newer intercoder" in await refused(tmp_path / "a.db")
    with pytest.raises(StorageError, match="9999"):
        await migrate.upgrade(sqlite_url(tmp_path / "a.db"))


async def test_an_older_schema_asks_for_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate.upgrade(sqlite_url(tmp_path / "a.db"))
    monkeypatch.setattr(migrate, "head", lambda: "9998")
    assert "intercoder db upgrade" in await refused(tmp_path / "a.db")


async def test_a_study_of_the_first_schema_is_upgraded_with_all_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sqlite_url(tmp_path / "a.db")
    to = alembic.command.upgrade
    with monkeypatch.context() as older:
        older.setattr(migrate.command, "upgrade", lambda config, _head: to(config, "0001"))
        await migrate.upgrade(url)
    first = Store(Connections(parse_url(url)))
    stored = await fill(first, 3)
    await first.close()
    assert await migrate.current(url) == "0001"
    assert "intercoder db upgrade" in await refused(tmp_path / "a.db")
    await migrate.upgrade(url)
    assert await migrate.current(url) == migrate.head() == "0002"
    assert await check(url) == []
    store = await Store.open(url)
    study = await store.studies.find("study")
    assert study is not None
    (session,) = await store.sessions.all(study.id)
    (discussion,) = await store.sessions.discussions(session.id)
    assert list(await store.messages.of_discussion(discussion.id)) == stored
    assert len(await store.codings.of_message(stored[0].id)) == 1
    server = await store.servers.save(study.id, "discord", "7")
    assert await store.servers.all() == (server,)
    await store.close()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nowhere/a\.db: the file cannot be opened"):
        await Store.open(sqlite_url(tmp_path / "nowhere" / "a.db"))


async def test_a_migration_that_fails_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_connection: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(migrate, "_upgrade", failing)
    with pytest.raises(StorageError):
        await Store.open(sqlite_url(tmp_path / "a.db"))
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite+aiosqlite:///:memory:", "not a url"])
async def test_urls_that_no_store_can_have(url: str) -> None:
    with pytest.raises(StorageError, match=r"intercoder\.db"):
        await Store.open(url)


_OPEN_READ_ONLY = """
import asyncio, ctypes, os, sys
if os.geteuid() == 0 and "again" not in sys.argv:
    # Root may write anywhere: give that up (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) and go on.
    for capability in (1, 2):
        if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
            sys.exit("cannot")
    os.execv(sys.executable, [*sys.orig_argv, "again"])
from bot.storage.errors import StorageError
from bot.storage.store import Store
async def main():
    for url in sys.argv[1:3]:
        try:
            store = await Store.open(url)
            await store.studies.names()
            from bot.domain.codebook import codebook_from_codes
            try:
                await store.studies.open("s", codebook_from_codes(["A", "B"], "b"))
            finally:
                await store.close()
        except StorageError as error:
            print(error)
asyncio.run(main())
"""


async def test_a_read_only_folder_and_file_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    await migrate.upgrade(sqlite_url(folder / "old.db"))
    before = (folder / "old.db").read_bytes()
    (folder / "old.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            [
                sys.executable,
                "-c",
                _OPEN_READ_ONLY,
                sqlite_url(folder / "new.db"),
                sqlite_url(folder / "old.db"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    finally:
        folder.chmod(0o755)
    if done.stderr.strip() == "cannot":
        pytest.skip("runs as root, and may not give up root's right to write anywhere")
    said = [line for line in done.stdout.splitlines() if ".db: " in line]
    assert done.returncode == 0, done.stderr
    assert len(said) == 2, done.stdout
    assert "new.db: the file cannot be opened" in said[0]
    assert "old.db: " in said[1]
    assert "write permission" in said[1] or "writable" in said[1]
    assert (folder / "old.db").read_bytes() == before
    assert files_in(folder) == ["old.db"]

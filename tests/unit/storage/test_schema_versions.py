"""The schema: migrations equal the tables; databases of other versions are refused untouched."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from study_db import files_in, fill

from bot.storage import (
    learning_tables,  # noqa: F401 - its tables belong to the metadata
    live_tables,  # noqa: F401 - as above
    migrate,
    review_tables,  # noqa: F401 - as above
    tables,  # noqa: F401 - as above
)
from bot.storage.check import check
from bot.storage.columns import metadata
from bot.storage.errors import StorageError
from bot.storage.rows import StoredMessage
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

ROOT = Path(__file__).parents[3]


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


_ONE_MORE = (
    "INSERT INTO codings (message_id, coder_id, codebook_id, code, at, act, revision, context, cut)"
    " SELECT message_id, coder_id, codebook_id, code, at, ?, revision, context, cut"
    " FROM codings WHERE id = 1"
)
_CODINGS = "SELECT * FROM codings ORDER BY id"
_LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'codings'"


def add_coding(file: Path, act: str) -> None:
    """Add a coding of the first message by hand."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(_ONE_MORE, (act,))


async def of_the_first_schema(file: Path, monkeypatch: pytest.MonkeyPatch) -> list[StoredMessage]:
    """Make a study as the first version would; return its three messages, coded."""
    to = alembic.command.upgrade
    with monkeypatch.context() as older:
        older.setattr(migrate.command, "upgrade", lambda config, _head: to(config, "0001"))
        await migrate.upgrade(sqlite_url(file))
    newest = file.with_name("newest.db")
    async with await Store.open(sqlite_url(newest)) as store:
        stored = await fill(store, 3)
    _copy_rows(newest, file)
    newest.unlink()
    assert await migrate.current(sqlite_url(file)) == "0001"
    return stored


def _copy_rows(source: Path, target: Path) -> None:
    """Copy what both schemas have; nothing that `fill` stores is in what one of them lacks."""
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("ATTACH ? AS newest", (str(source),))
        names = connection.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        for (table,) in names:
            if table == "alembic_version":
                continue
            columns = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
            listed = ", ".join(f'"{column[1]}"' for column in columns)
            connection.execute(
                f"INSERT INTO main.{table} ({listed}) SELECT {listed} FROM newest.{table}"  # noqa: S608 - names of the schema
            )


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
    stored = await of_the_first_schema(tmp_path / "a.db", monkeypatch)
    assert "intercoder db upgrade" in await refused(tmp_path / "a.db")
    await migrate.upgrade(url)
    assert await migrate.current(url) == migrate.head() == "0004"
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


async def test_an_upgraded_database_keeps_what_it_promises_of_codings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Appended and never changed, ids given once, withdrawals and no unknown acts."""
    file = tmp_path / "a.db"
    await of_the_first_schema(file, monkeypatch)
    with pytest.raises(sqlite3.IntegrityError, match="ck_codings_act"):
        add_coding(file, "withdrawn")
    add_coding(file, "corrected")
    before = [(*row, None) for row in rows(file, _CODINGS)]  # nobody knows what they had seen
    execute(file, "DELETE FROM codings WHERE id = 4")  # an id that was given must stay so
    await migrate.upgrade(sqlite_url(file))
    assert rows(file, _CODINGS) == before[:3]
    with pytest.raises(sqlite3.IntegrityError, match="appended, never changed"):
        execute(file, "UPDATE codings SET code = 'B'")
    with pytest.raises(sqlite3.IntegrityError, match="ck_codings_act"):
        add_coding(file, "undone")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        execute(file, "PRAGMA foreign_keys = ON", "DELETE FROM coders")
    add_coding(file, "withdrawn")
    assert rows(file, "SELECT id, act FROM codings WHERE id > 3") == [(5, "withdrawn")]
    assert [finding.check for finding in await check(sqlite_url(file))] == [
        "a model codes a message once as it stands",
    ]
    add_coding(file, "withdrawn")
    add_coding(file, "withdrawn")  # three, of two decisions
    assert "a withdrawal takes a decision back" in [
        finding.check for finding in await check(sqlite_url(file))
    ]
    assert rows(file, "SELECT name FROM pragma_index_list('codings')") == [
        ("ix_codings_message_id_coder_id_revision_context",)
    ]


async def test_an_upgraded_database_without_codings_gives_no_id_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.db"
    await of_the_first_schema(file, monkeypatch)
    execute(file, "DELETE FROM codings")
    await migrate.upgrade(sqlite_url(file))
    assert rows(file, _LAST_ID) == [(3,)]


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

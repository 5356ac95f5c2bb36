"""People who code are C1, C2, ...: the same account is the same coder, none is named twice."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from study_db import BOOK, begin

from bot.domain.coding import CoderKind
from bot.storage.rows import Account
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def test_an_account_is_one_coder_of_each_study(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        other = await store.studies.open("other", BOOK)
        accounts = [Account("discord", "70"), Account("discord", "80"), Account("else", "70")]
        found = [await store.coder_accounts.coder(study.id, a) for a in accounts]
        assert [c.name for c in found] == ["C1", "C2", "C3"]
        assert all(c.kind is CoderKind.HUMAN and c.study_id == study.id for c in found)
        assert await store.coder_accounts.coder(study.id, accounts[1]) == found[1]
        assert (await store.coder_accounts.coder(other.id, accounts[1])).name == "C1"
        assert set(await store.studies.coders(study.id)) == set(found)


async def test_a_name_that_a_file_brought_is_left_to_it(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        imported = await store.studies.human(study.id, "C1")
        coder = await store.coder_accounts.coder(study.id, Account("discord", "70"))
        assert (coder.name, coder.id == imported.id) == ("C2", False)


async def test_the_first_two_commands_of_a_person_make_one_coder(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        account = Account("discord", "70")
        both = [store.coder_accounts.coder(study.id, account) for _ in range(2)]
        first, second = await asyncio.gather(*both)
        assert first == second
    with sqlite3.connect(tmp_path / "a.db") as connection:
        rows = connection.execute("SELECT platform, account_id FROM coder_accounts").fetchall()
    connection.close()
    assert rows == [("discord", "70")]

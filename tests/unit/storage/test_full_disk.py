"""A full disk: one sentence, nothing half written, and the database goes on afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from study_db import arrival, begin

from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def limit(store: Store, pages: int) -> None:
    async def pragma(connection, items):
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        return [None] * len(items)

    await store.connections.write(pragma, None)


async def test_a_full_disk_is_said_and_the_database_stays_usable(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    store = await Store.open(url)
    study, _ = await begin(store)
    assert (await store.messages.receive(study.id, arrival(1))).new
    await limit(store, 1)  # no more pages than there are
    large = "secret words " * 20_000
    said = {2: large, 3: large, 4: "short: there would have been room"}
    waiting = [store.messages.receive(study.id, arrival(k, text)) for k, text in said.items()]
    for each in waiting:
        with pytest.raises(StorageError, match=r"a\.db: the disk is full") as caught:
            await each
        assert "secret" not in str(caught.value) + str(caught.value.__cause__)
    assert await store.transcripts.size(study.id) == 1
    await limit(store, 1_000_000)
    receipt = await store.messages.receive(study.id, arrival(2, large))
    assert (receipt.new, receipt.stored.message.sequence) == (True, 2)
    await store.close()
    assert await check(url) == []

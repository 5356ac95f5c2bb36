"""Notes stand beside the codings, in order, under the coder's name."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from study_db import AT, fill

from bot.storage.rows import Account, Note
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def test_notes_come_back_in_order_and_change_no_coding(tmp_path: Path) -> None:
    moment = AT

    def clock() -> datetime:
        nonlocal moment
        moment += timedelta(seconds=1)
        return moment

    async with await Store.open(sqlite_url(tmp_path / "a.db"), clock) as store:
        first, second = await fill(store, 2)
        ann = await store.coder_accounts.coder(1, Account("discord", "7"))
        bob = await store.coder_accounts.coder(1, Account("discord", "8"))
        before = await store.codings.of_message(first.id)
        await store.notes.add(first.id, ann.id, "odd")
        await store.notes.add(second.id, ann.id, "elsewhere")
        await store.notes.add(first.id, bob.id, "very odd")
        found = await store.notes.of_message(first.id)
        assert [(n.message_id, n.coder, n.text) for n in found] == [
            ("m1", "C1", "odd"),
            ("m1", "C2", "very odd"),
        ]
        assert isinstance(found[0], Note)
        assert found[0].at < found[1].at
        assert await store.codings.of_message(first.id) == before

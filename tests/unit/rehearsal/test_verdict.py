from __future__ import annotations

from pathlib import Path

from bot.domain.discussion import Thread
from bot.rehearsal.play.verdict import judge
from bot.services.ingest import Arrival, Ingest
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.tiny import codebook


async def test_what_is_not_stored_is_lost_and_what_nobody_said_is_strange(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "rehearsal.db")
    async with await Store.open(url) as store:
        study = await store.studies.open("test", codebook())
        ingest = Ingest(store, study)
        session = await ingest.start_session("s")
        await ingest.start_discussion(session, Thread("t", "t"), None, 0)
        for number in (1, 2, 3):
            await ingest.receive(Arrival("t", str(number), number, "P1", "hi", None))
    verdict = await judge(url, ["1", "2", "4"], deleted=["2"])
    assert (verdict.said, verdict.stored, verdict.coded) == (3, 3, 0)
    assert verdict.lost == ("4",)
    assert verdict.strange == ("3",)
    assert verdict.uncoded == ("1", "3")
    assert not verdict.good

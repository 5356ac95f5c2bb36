"""A stored study with a model's codes and people who code: what the queue's tests work with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from table import BOOK, LABELS, START

from bot.domain.discussion import Scenario, Thread
from bot.services.ingest import Ingest
from bot.services.people.assigning import Assigning
from bot.services.people.queue import CodingQueue, Item, Order
from bot.services.people.review import Review
from bot.storage.rows import Arrival, Coder, NewCoding, SessionRow, StoredMessage, Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle

CASE = Scenario("case", "Case", "Is it fair?")
WINDOW = 3


class Room:
    """People at one study; `seat` gives them new services, as a restart does."""

    store: Store
    study: Study
    ingest: Ingest
    model: Coder
    session: SessionRow
    review: Review
    queue: CodingQueue
    assigning: Assigning

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, audit_share: float = 0.0) -> AsyncIterator[Room]:
        room = cls()
        async with await Store.open(sqlite_url(folder / "study.db")) as room.store:
            room.study = await room.store.studies.open("study", BOOK)
            room.model = await room.store.studies.model(
                room.study.id, NewBundle("f" * 64, "starter", "thread", BOOK, {})
            )
            room.ingest = Ingest(room.store, room.study)
            room.session = await room.ingest.start_session("monday")
            room.seat()
            await room.assigning.set_audit_share(audit_share)
            yield room

    def seat(self) -> None:
        deciding = asyncio.Lock()
        self.review = Review(self.store, self.study, WINDOW, deciding)
        self.queue = CodingQueue(self.store, self.study, WINDOW, deciding)
        self.assigning = Assigning(self.store, self.study)

    async def person(self, name: str) -> Coder:
        return await self.store.studies.human(self.study.id, name)

    async def say(self, count: int, thread: str = "t1", speaker: str = "P1") -> list[StoredMessage]:
        await self.ingest.start_discussion(self.session, Thread(thread, thread), CASE, 0)
        said = []
        for n in range(1, count + 1):
            moment = START + timedelta(seconds=n)
            arrival = Arrival(thread, f"{thread}-{n}", n, speaker, f"point {n}", moment)
            said.append((await self.ingest.receive(arrival)).stored)
        return said

    async def model_codes(self, stored: StoredMessage, sure: float, code: str = "A") -> None:
        coding = NewCoding(
            message=stored.id,
            coder=self.model.id,
            codebook=self.study.codebook_id,
            code=code,
            at=self.store.connections.clock(),
            revision=stored.message.revision,
            context=stored.context,
            confidence=sure,
            runner_up=LABELS[-1],
            runner_up_confidence=1 - sure,
        )
        await self.store.codings.append([coding])

    async def edit(self, stored: StoredMessage, text: str) -> None:
        message = stored.message
        await self.ingest.edited(message.thread_id, message.id, text, START)

    async def offered(self, coder: Coder, order: Order, code: str = "B") -> list[Item]:
        """Code all that is left, and return what was offered."""
        items: list[Item] = []
        while (item := await self.queue.next(coder, order)) is not None:
            items.append(item)
            await self.queue.code(item.stored.id, coder, code)
            assert len(items) < 500, "the queue does not end"
        return items

"""A desk whose coder is changed: bundles a, b and c, of which a is that of the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from model_on_disk import pool_of
from table import BOOK, START

from bot.domain.discussion import Provenance, Scenario, Thread
from bot.inference.pool import Pool
from bot.services.conduct import Joining
from bot.services.desk import Desk, Setup
from bot.services.desks import Desks
from bot.services.ingest import Account, Arrival
from bot.services.promoting import promote, roll_back
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

NAMES = ("a", "b", "c")


class Lab:
    """A bot's desk over one database, which may be left and opened again."""

    desk: Desk
    desks: Desks
    store: Store
    pool: Pool

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.default = folder / "a"
        self.url = sqlite_url(folder / "study.db")
        self.keys: dict[str, int] = {}
        self.loaded: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Lab]:
        async with await Store.open(self.url) as self.store:
            self.pool = pool_of(self.default)
            load = self.pool._open

            def noted(folder: Path) -> object:
                self.loaded.append(folder.name)
                return load(folder)

            self.pool._open = noted  # type: ignore[assignment]
            self.desks = Desks(self.store, self.pool, Provenance.DISCORD)
            try:
                await self.desks.open()
                found = self.desks.of("5")
                self.desk = found or await self.desks.set_up("5", Setup("Lab", BOOK))
                yield self
            finally:
                await self.desks.close()
        assert self.pool.models == ()

    async def begin(self, name: str = "monday", threads: Sequence[str] = ("t1",)) -> None:
        joinings = [Joining(Thread(t, t), self._key(t)) for t in threads]
        await self.desk.conduct.begin(name, joinings, [])

    async def scenario(self, number: int, *threads: str) -> None:
        (session, *_) = await self.desk.conduct.running()
        case = Scenario(f"s{number}", f"Case {number}", f"what of {number}?")
        for thread in threads or ("t1",):
            await self.desk.ingest.start_discussion(
                session, Thread(thread, thread), case, self._key(thread)
            )

    async def say(self, thread: str = "t1", key: int | None = None) -> str:
        key = self._key(thread) if key is None else key
        who = Account("discord", "9")
        await self.desk.ingest.receive(
            Arrival(thread, f"{thread}-{key}", key, who, f"point {key}", START)
        )
        return f"{thread}-{key}"

    async def promote(self, name: str, look: bool = True) -> tuple[str, ...]:
        study = self.desk.study
        await promote(self.store, study, self.folder / name, "it is better", default=self.default)
        return await self.desk.look() if look else ()

    async def roll_back(self) -> tuple[str, ...]:
        await roll_back(self.store, self.desk.study, self.default, "it was worse")
        return await self.desk.look()

    async def coders(self) -> dict[str, list[str]]:
        """Return the folders' names of the coders of each message, in order, after all is coded."""
        assert await self.desks.drain(60)
        names = {}
        for coder in await self.store.studies.coders(self.desk.study.id):
            place = await self.store.pins.folder(coder.id)
            names[coder.name] = "?" if place is None else place.name
        return {
            message: [names[c.coder] for c in given]
            async for coded in self.store.transcripts.stream(self.desk.study.id)
            for message, given in coded.codings.items()
        }

    def _key(self, thread: str) -> int:
        self.keys[thread] = self.keys.get(thread, 0) + 10
        return self.keys[thread]

    @property
    def seated(self) -> list[str]:
        """The folders' names of the coders that are in memory."""
        return sorted(seat.bundle.path.name for seat in self.desk.coders)

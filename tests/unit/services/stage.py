"""A platform in memory for the tests of conducting: threads, own posts, history, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from table import START, Table

from bot.domain.discussion import Scenario, Thread
from bot.services.announcing import PostError
from bot.services.catchup import History
from bot.services.conduct import Conduct, Joining
from bot.services.holding import Holding
from bot.services.ingest import Arrival
from bot.storage.connections import Connections
from bot.storage.rows import SessionRow

GROUPS = (Thread("11", "Group 1"), Thread("12", "Group 2"))
FOX = Scenario("fox", "The fox", "Is the game fair?")
START_OF_FOX = "**The fox**\n\nIs the game fair?"
THIRD = Thread("13", "Group 3")
CLOCK = Scenario("clock", "The clock", "Is the clock honest?")


class DiedError(Exception):
    """The process is dead from here on."""


@dataclass
class Said:
    key: int
    text: str
    own: bool = False


@dataclass
class Platform:
    """Threads with what stands in them, by order key; `posted` counts the own posts.

    A thread in `closed` cannot be posted to. `alive` is asked before and after each post.
    `reading` is awaited before each message of history, which leaves out what is `hidden`.
    """

    key: int = 1_000
    said: dict[str, list[Said]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    deleted: dict[str, int] = field(default_factory=dict)
    alive: Callable[[], None] = lambda: None
    posting: Callable[[str], Awaitable[None]] | None = None
    reading: Callable[[int], Awaitable[None]] | None = None
    hidden: set[int] = field(default_factory=set)

    def now(self) -> int:
        self.key += 1
        return self.key

    async def post(self, thread_id: str, text: str) -> int:
        self.alive()
        if thread_id in self.closed:
            raise PostError(f"thread {thread_id} is locked; unlock it.")
        key = self.now()
        self.said.setdefault(thread_id, []).append(Said(key, text, own=True))
        if self.posting is not None:
            await self.posting(thread_id)
        self.alive()
        return key

    async def find(self, thread_id: str, text: str, after: int) -> int | None:
        for said in self.said.get(thread_id, []):
            if said.own and said.text == text and said.key > after:
                return said.key
        return None

    def say(self, thread_id: str, text: str = "") -> Arrival:
        """Let somebody write; return what the bot would hear."""
        key = self.now()
        self.said.setdefault(thread_id, []).append(Said(key, text or f"point {key}"))
        return self.arrival(thread_id, self.said[thread_id][-1])

    def edit(self, thread_id: str, key: int, text: str) -> None:
        next(s for s in self.said[thread_id] if s.key == key).text = text

    def delete(self, thread_id: str, key: int) -> None:
        self.said[thread_id] = [s for s in self.said[thread_id] if s.key != key]
        self.deleted[thread_id] = self.deleted.get(thread_id, 0) + 1

    def arrival(self, thread_id: str, said: Said) -> Arrival:
        author = f"P{said.key % 3}"
        return Arrival(thread_id, str(said.key), said.key, author, said.text, START)

    def history(self, thread_id: str) -> History:
        async def read(after: int) -> AsyncIterator[Arrival]:
            for said in [replace(s) for s in self.said.get(thread_id, [])]:
                if said.key > after and not said.own and said.key not in self.hidden:
                    if self.reading is not None:
                        await self.reading(said.key)
                    yield self.arrival(thread_id, said)

        async def gone(key: int) -> bool:
            return key not in {said.key for said in self.said.get(thread_id, [])}

        return History(read, gone)

    def own(self, thread_id: str) -> list[str]:
        """Return what the bot has posted in a thread."""
        return [s.text for s in self.said.get(thread_id, []) if s.own]

    def joining(self, thread: Thread) -> Joining:
        return Joining(thread, self.now(), self.deleted.get(thread.id, 0))


class Fuse:
    """Kills the process at its `steps`-th step: a write, or either side of a post."""

    def __init__(self, connections: Connections, platform: Platform, steps: int) -> None:
        self.steps = steps
        self._submit = connections.submit
        self._write = connections.write
        connections.submit = self._submitting  # type: ignore[method-assign]
        connections.write = self._writing  # type: ignore[method-assign]
        platform.alive = self.step

    @property
    def blown(self) -> bool:
        return self.steps < 0

    def step(self) -> None:
        self.steps -= 1
        if self.blown:
            raise DiedError

    def _submitting(self, handler, item):
        self.step()
        return self._submit(handler, item)

    async def _writing(self, handler, item):
        self.step()
        return await self._write(handler, item)


async def _nothing(_connection: object, items: Sequence[None]) -> list[None]:
    return list(items)


class Set:
    """A conduct with its platform and a session of two groups."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.platform = Platform()
        self.holding = Holding()
        self.conduct = Conduct(table.ingest, None, self.holding)

    async def begin(self, name: str = "monday", *threads: Thread) -> SessionRow:
        joinings = [self.platform.joining(t) for t in threads or GROUPS]
        return await self.conduct.begin(name, joinings, ())

    async def say(self, thread_id: str, text: str = "") -> str:
        arrival = self.platform.say(thread_id, text)
        self.holding.admit(
            thread_id, arrival.order_key, lambda: self.table.ingest.submit(arrival) and None
        )
        return arrival.external_id

    async def log(self) -> dict[str, list[tuple[str, int, list[str]]]]:
        """Return (scenario, round, message ids) of every discussion, by thread."""
        store = self.table.store
        await store.connections.write(_nothing, None)  # all that came before is written
        found: dict[str, list[tuple[str, int, list[str]]]] = {}
        for session in await store.sessions.all(self.table.study.id):
            for each in await store.sessions.discussions(session.id):
                said = [s.message.id for s in await store.messages.of_discussion(each.id)]
                found.setdefault(each.thread.id, []).append((each.scenario.id, each.round, said))
        return found

    async def problems(self, session: SessionRow) -> dict[tuple[str, str], str]:
        return {
            (p.thread.id, p.kind): p.problem
            for p in await self.table.store.runs.posts(session.id)
            if p.problem is not None
        }

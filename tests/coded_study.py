"""A small study in a store: three people, two model versions, gaps. Invented talk and names."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, Seen
from bot.domain.discussion import Scenario, Thread
from bot.storage.rows import Arrival, Coder, NewCoding, SessionRow, StoredMessage, Study
from bot.storage.sessions import Start
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle

CODES = ("AG", "DIS", "=SUM", "OF")
BOOK = Codebook(
    "pilot", "Pilot", "1", (*(Code(c, c) for c in CODES), Code("UC", "no code", uncoded=True))
)
START = datetime(2026, 3, 1, 10, tzinfo=UTC)


@dataclass
class CodedStudy:
    """An open store with a study; codings are appended in the order they are given."""

    store: Store
    study: Study
    people: dict[str, Coder] = field(default_factory=dict)
    messages: dict[str, StoredMessage] = field(default_factory=dict)
    _minutes: int = 0

    @classmethod
    async def open(
        cls, database: Path, people: Sequence[str] = ("ann", "bob", "cyd")
    ) -> CodedStudy:
        store = await Store.open(sqlite_url(database))
        study = await store.studies.open("study", BOOK)
        made = cls(store, study)
        for name in people:
            made.people[name] = await store.studies.human(study.id, name)
        for name, letter in (("starter", "a"), ("second", "b")):
            bundle = NewBundle(letter * 64, name, "thread", BOOK, {})
            made.people[name] = await store.studies.model(study.id, bundle)
        return made

    async def talk(self, session: str, thread: str, count: int, first: int = 1) -> SessionRow:
        """Let a thread say `count` messages in a session, ids THREAD-1, THREAD-2, ..."""
        row = await self.store.sessions.begin(self.study.id, session)
        scenario = Scenario(f"fox {session}", "The fox", "Is the game fair?")
        named = Thread(thread, f"Group {thread}")
        await self.store.sessions.start(Start(self.study.id, session, named, scenario, first))
        waiting = []
        for n in range(first, first + count):
            at = START + timedelta(seconds=10 * n)
            arrival = Arrival(thread, f"{thread}-{n}", n, f"P{n % 3}", f"point {n}", at)
            waiting.append(self.store.messages.receive(self.study.id, arrival))
        for received in waiting:
            stored = (await received).stored
            self.messages[stored.message.id] = stored
        return row

    def decision(
        self,
        message: str,
        coder: str,
        code: str,
        act: Act = Act.CODED,
        seen: Seen | None = None,
        revision: int = 1,
    ) -> NewCoding:
        self._minutes += 1
        at = START + timedelta(days=1, minutes=self._minutes)
        coding = NewCoding(
            self.messages[message].id,
            self.people[coder].id,
            self.study.codebook_id,
            code,
            at,
            revision=revision,
            context=0,
            act=act,
            seen=seen,
        )
        if coder not in ("starter", "second"):
            return coding
        return NewCoding(**{**_fields(coding), "confidence": 0.75, "window_size": 2})

    async def code(
        self,
        message: str,
        coder: str,
        code: str,
        act: Act = Act.CODED,
        seen: Seen | None = None,
        revision: int = 1,
    ) -> None:
        decision = self.decision(message, coder, code, act, seen, revision)
        await self.store.codings.append([decision])

    async def code_each(
        self, messages: Iterable[str], coder: str, code: str, act: Act, seen: Seen | None
    ) -> None:
        """Let one coder give all of these messages one code."""
        await self.store.codings.append(
            [self.decision(message, coder, code, act, seen) for message in messages]
        )

    async def code_all(self, seed: int = 0, agree: float = 0.7, gaps: float = 0.1) -> None:
        """Let everybody code every message: usually alike, some messages left out."""
        chance = random.Random(seed)  # noqa: S311 - codes, not secrets
        decided = []
        for message in self.messages:
            true = chance.choice(CODES)
            for coder in self.people:
                if chance.random() < gaps and coder != "starter":
                    continue
                code = true if chance.random() < agree else chance.choice(CODES)
                decided.append(self.decision(message, coder, code))
        await self.store.codings.append(decided)


def _fields(coding: NewCoding) -> dict[str, object]:
    return {name: getattr(coding, name) for name in NewCoding.__slots__}

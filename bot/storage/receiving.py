"""Arrivals -> rows of the log, many in one transaction.

Where a message belongs follows from its order key alone: the discussion with the highest
start key that is not above it. Its sequence is its rank there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import Message
from bot.storage.errors import NotFollowedError
from bot.storage.moving import ends_of, make_room
from bot.storage.people import Author, Person, resolve
from bot.storage.rows import Arrival, DiscussionRow, Receipt, StoredMessage
from bot.storage.selecting import select_discussions, select_messages, to_discussion, to_stored
from bot.storage.tables import discussions, message_events, messages, threads

ToStore = tuple[int, Arrival, datetime]
"""The study's row, what arrived, and when."""


async def receive(connection: AsyncConnection, items: Sequence[ToStore]) -> list[Receipt]:
    """Store those arrivals that are new; return a receipt for each, in order.

    Raises NotFollowedError for an order key that no discussion of the thread covers.
    """
    by_study: dict[int, list[int]] = defaultdict(list)
    for index, (study_id, _, _) in enumerate(items):
        by_study[study_id].append(index)
    receipts: dict[int, Receipt] = {}
    for study_id, indices in by_study.items():
        batch = _Batch(connection, study_id)
        given = await batch.receive([items[i][1:] for i in indices])
        receipts.update(zip(indices, given, strict=True))
    return [receipts[i] for i in range(len(items))]


@dataclass(slots=True)
class _Home:
    """A thread's discussions by their start keys."""

    thread_id: int
    starts: list[int] = field(default_factory=list)
    rows: list[tuple[DiscussionRow, int | None]] = field(default_factory=list)

    def covering(self, order_key: int) -> DiscussionRow | None:
        index = bisect_right(self.starts, order_key) - 1
        if index < 0:
            return None
        discussion, end_key = self.rows[index]
        return discussion if end_key is None or order_key < end_key else None


@dataclass(slots=True)
class _New:
    """An arrival on its way into the log."""

    arrival: Arrival
    at: datetime
    thread_id: int
    discussion: DiscussionRow
    sequence: int = 0
    moved: int = 0

    @property
    def key(self) -> tuple[int, str]:
        return self.thread_id, self.arrival.external_id

    @property
    def author(self) -> Author:
        return self.thread_id, self.arrival.author


class _Batch:
    """The arrivals of one study in one transaction."""

    def __init__(self, connection: AsyncConnection, study_id: int) -> None:
        self._connection = connection
        self._study_id = study_id

    async def receive(self, arrivals: Sequence[tuple[Arrival, datetime]]) -> list[Receipt]:
        homes = await self._homes({a.thread_id for a, _ in arrivals})
        keys = [_key(homes, a) for a, _ in arrivals]
        known = await self._known(set(keys))
        fresh: dict[tuple[int, str], _New] = {}
        firsts: set[int] = set()  # which arrivals are the first of their message
        for index, (key, (arrival, at)) in enumerate(zip(keys, arrivals, strict=True)):
            if key not in known and key not in fresh:
                fresh[key] = _New(arrival, at, key[0], _discussion(homes, arrival))
                firsts.add(index)
        stored = known | await self._store(list(fresh.values()))
        return [
            Receipt(
                stored[key],
                new=index in firsts,
                same=stored[key].message.text == arrival.text,
                moved=fresh[key].moved if index in firsts else 0,
            )
            for index, (key, (arrival, _)) in enumerate(zip(keys, arrivals, strict=True))
        ]

    async def _homes(self, thread_keys: set[str]) -> dict[str, _Home]:
        query = (
            select_discussions()
            .where(threads.c.study_id == self._study_id, threads.c.external_id.in_(thread_keys))
            .order_by(discussions.c.thread_id, discussions.c.start_key)
        )
        homes: dict[str, _Home] = {}
        for row in await self._connection.execute(query):
            home = homes.setdefault(row.thread_key, _Home(row.thread_id))
            home.starts.append(row.start_key)
            home.rows.append((to_discussion(row), row.end_key))
        return homes

    async def _known(self, keys: set[tuple[int, str]]) -> dict[tuple[int, str], StoredMessage]:
        # First by the index alone: most of what arrives is new.
        by_thread: dict[int, list[str]] = defaultdict(list)
        for thread_id, external_id in keys:
            by_thread[thread_id].append(external_id)
        found: list[int] = []
        for thread_id, external_ids in by_thread.items():
            query = select(messages.c.id).where(
                messages.c.thread_id == thread_id, messages.c.external_id.in_(external_ids)
            )
            found += (await self._connection.execute(query)).scalars()
        if not found:
            return {}
        rows = await self._connection.execute(select_messages().where(messages.c.id.in_(found)))
        return {(row.thread_id, row.external_id): to_stored(row) for row in rows}

    async def _store(self, fresh: list[_New]) -> dict[tuple[int, str], StoredMessage]:
        if not fresh:
            return {}
        authors = dict.fromkeys(n.author for n in fresh)  # in order of appearance
        people = await resolve(self._connection, self._study_id, authors)
        ends = await ends_of(self._connection, {n.discussion.id for n in fresh})
        stored: dict[tuple[int, str], StoredMessage] = {}
        following: list[_New] = []  # those that only follow: written together
        for new in sorted(fresh, key=lambda n: n.arrival.order_key):
            sequence, order_key = ends[new.discussion.id]
            new.sequence = sequence + 1
            if new.arrival.order_key <= order_key:
                stored |= await self._insert(following, people)
                following = []
                room, new.moved = await make_room(
                    self._connection, new.discussion.id, new.arrival.order_key
                )
                new.sequence = room or new.sequence
            following.append(new)
            ends[new.discussion.id] = (sequence + 1, max(order_key, new.arrival.order_key))
        return stored | await self._insert(following, people)

    async def _insert(
        self, following: list[_New], people: dict[Author, Person]
    ) -> dict[tuple[int, str], StoredMessage]:
        if not following:
            return {}
        made = insert(messages).returning(
            messages.c.id, messages.c.thread_id, messages.c.external_id
        )
        values = [_values(new, people[new.author][0]) for new in following]
        rows = await self._connection.execute(made, values)
        ids = {(row.thread_id, row.external_id): int(row.id) for row in rows}
        deletions = [_deletion(n, ids[n.key]) for n in following if n.arrival.deleted]
        if deletions:
            await self._connection.execute(insert(message_events), deletions)
        return {n.key: _stored(n, ids[n.key], people[n.author][1]) for n in following}


def _key(homes: dict[str, _Home], arrival: Arrival) -> tuple[int, str]:
    home = homes.get(arrival.thread_id)
    if home is None:
        raise NotFollowedError(
            "a message came from a thread in which no discussion was started; "
            "add the thread to a session first."
        )
    return home.thread_id, arrival.external_id


def _discussion(homes: dict[str, _Home], arrival: Arrival) -> DiscussionRow:
    found = homes[arrival.thread_id].covering(arrival.order_key)
    if found is None:
        raise NotFollowedError(
            f"a message with order key {arrival.order_key} lies before the start or after the "
            "end of every discussion of its thread; it is not part of a session."
        )
    return found


def _values(new: _New, person_id: int) -> dict[str, Any]:
    arrival = new.arrival
    return {
        "thread_id": new.thread_id,
        "session_id": new.discussion.session_id,
        "discussion_id": new.discussion.id,
        "person_id": person_id,
        "external_id": arrival.external_id,
        "order_key": arrival.order_key,
        "sequence": new.sequence,
        "sent_at": arrival.sent_at,
        "stored_at": new.at,
        "text": arrival.text,
        "revision": 1,
        "context": 0,
        "deleted_at": new.at if arrival.deleted else None,
        "reply_to": arrival.reply_to,
        "provenance": str(arrival.provenance),
    }


def _deletion(new: _New, row_id: int) -> dict[str, Any]:
    return {
        "message_id": row_id,
        "kind": "deleted",
        "at": new.at,
        "revision": 1,
        "text_before": new.arrival.text,
        "text_after": None,
    }


def _stored(new: _New, row_id: int, pseudonym: str) -> StoredMessage:
    arrival, discussion = new.arrival, new.discussion
    message = Message(
        id=arrival.external_id,
        thread_id=arrival.thread_id,
        scenario_id=discussion.scenario.id,
        sequence=new.sequence,
        speaker=pseudonym,
        sent_at=None if arrival.sent_at is None else arrival.sent_at.astimezone(UTC),
        text=arrival.text,
        round=discussion.round,
        reply_to=arrival.reply_to,
        provenance=arrival.provenance,
    )
    return StoredMessage(
        id=row_id,
        session_id=discussion.session_id,
        discussion_id=discussion.id,
        context=0,
        scenario=discussion.scenario,
        message=message,
        deleted_at=new.at if arrival.deleted else None,
    )

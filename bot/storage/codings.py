"""Decisions, appended; and what is pending, found by their absence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import Act, CoderKind, Coding
from bot.storage.connections import Connections
from bot.storage.learning_tables import pins
from bot.storage.live_tables import session_threads
from bot.storage.pins import owner
from bot.storage.rows import Counts, NewCoding, StoredMessage
from bot.storage.selecting import select_codings, select_messages, to_coding, to_stored
from bot.storage.tables import coders, codings, discussions, messages, progress, sessions


class Codings:
    """Reads and writes codings."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def append(self, decided: Sequence[NewCoding]) -> int:
        """Append decisions, all or none; returns how many were new.

        A model decides once on a message as it stands: its second coding at the same revision
        and context is left out. People may decide as often as they like, but a `coded` that
        repeats the person's last one on the same revision is no new decision.
        """
        if not decided:
            return 0
        return await self._connections.write(_append, tuple(decided))

    async def pending(
        self, coder_id: int, session_id: int, *, after: int = 0, limit: int = 256
    ) -> tuple[StoredMessage, ...]:
        """Return messages of a session that the coder has not coded as they now stand.

        Of a live session only those that are the coder's: see pins. In order of arrival, above
        row `after`. The search begins where `advance` left it, so
        its cost does not grow with what is coded already. Deleted messages are not pending.
        """
        query = (
            select_messages()
            .where(_pending(coder_id, session_id), messages.c.id > after)
            .order_by(messages.c.id)
            .limit(limit)
        )
        async with self._connections.read() as connection:
            return tuple(to_stored(row) for row in await connection.execute(query))

    async def advance(self, coder_id: int, session_id: int) -> None:
        """Note how far the coder is through a session, for the next search of what is pending."""
        await self._connections.write(_advance, (coder_id, session_id))

    async def counts(self, coder_id: int, session_id: int) -> Counts:
        """Return how many messages a session has, and how many the coder has yet to code."""
        total = select(func.count()).where(messages.c.session_id == session_id)
        waiting = select(func.count()).where(_pending(coder_id, session_id))
        async with self._connections.read() as connection:
            return Counts(
                int(await connection.scalar(total.select_from(messages)) or 0),
                int(await connection.scalar(waiting.select_from(messages)) or 0),
            )

    async def unfinished(self, coder_id: int, study_id: int) -> tuple[int, ...]:
        """Return the sessions (rows), ended or not, in which something of a coder's is pending.

        What ended so was left by a process that died. Sessions that follow no thread, such as
        imported ones, are none.
        """
        found = []
        async with self._connections.read() as connection:
            sessions_ = await connection.execute(_may_hold(coder_id, study_id))
            for session_id in sessions_.scalars().all():
                left = select(messages.c.id).where(_pending(coder_id, session_id)).limit(1)
                if await connection.scalar(left) is not None:
                    found.append(session_id)
        return tuple(found)

    async def of_message(self, message_id: int) -> tuple[Coding, ...]:
        """Return every coding of a message (its row), in the order they were given."""
        query = select_codings().where(codings.c.message_id == message_id).order_by(codings.c.id)
        async with self._connections.read() as connection:
            return tuple(to_coding(row) for row in await connection.execute(query))

    async def of_people(self, discussion_id: int) -> dict[tuple[int, int], tuple[Coding, ...]]:
        """Return what people did in a discussion, in order, by (message, coder) rows."""
        query = (
            select_codings()
            .where(messages.c.discussion_id == discussion_id, coders.c.kind == str(CoderKind.HUMAN))
            .order_by(codings.c.id)
        )
        given: dict[tuple[int, int], list[Coding]] = defaultdict(list)
        async with self._connections.read() as connection:
            for row in await connection.execute(query):
                given[row.message_id, row.coder_id].append(to_coding(row))
        return {place: tuple(all_) for place, all_ in given.items()}


def _pending(coder_id: int, session_id: int) -> ColumnElement[bool]:
    done_below = (
        select(progress.c.done_below)
        .where(progress.c.coder_id == coder_id, progress.c.session_id == session_id)
        .scalar_subquery()
    )
    coded = exists().where(
        codings.c.message_id == messages.c.id,
        codings.c.coder_id == coder_id,
        codings.c.revision == messages.c.revision,
        codings.c.context == messages.c.context,
    )
    return and_(
        messages.c.session_id == session_id,
        messages.c.id >= func.coalesce(done_below, 0),
        messages.c.deleted_at.is_(None),
        ~coded,
        func.coalesce(owner(messages.c.discussion_id, session_id), coder_id) == coder_id,
    )


def _may_hold(coder_id: int, study_id: int) -> Select[Any]:
    """Return the live sessions with a discussion that is pinned to the coder, or to nobody."""
    its = discussions.c.session_id == sessions.c.id
    own = select(pins.c.discussion_id).where(pins.c.coder_id == coder_id)
    of_session = exists().where(pins.c.discussion_id == discussions.c.id)
    return (
        select(sessions.c.id)
        .where(
            sessions.c.study_id == study_id,
            exists().where(session_threads.c.session_id == sessions.c.id),
            or_(
                exists().where(its, discussions.c.id.in_(own)),
                exists().where(its, ~of_session),
            ),
        )
        .order_by(sessions.c.id)
    )


async def _append(connection: AsyncConnection, items: Sequence[tuple[NewCoding, ...]]) -> list[int]:
    return [await _append_one(connection, decided) for decided in items]


async def _append_one(connection: AsyncConnection, decided: tuple[NewCoding, ...]) -> int:
    query = (
        select(codings, coders.c.kind)
        .join(coders, coders.c.id == codings.c.coder_id)
        .where(
            codings.c.message_id.in_({d.message for d in decided}),
            codings.c.coder_id.in_({d.coder for d in decided}),
        )
        .order_by(codings.c.id)
    )
    taken: set[tuple[int, int, int, int]] = set()
    stands: defaultdict[tuple[int, int], list[Row[Any]]] = defaultdict(list)  # people's, in order
    for row in await connection.execute(query):
        own = stands[row.message_id, row.coder_id]
        if row.kind == CoderKind.MODEL:
            taken.add((row.message_id, row.coder_id, row.revision, row.context))
        elif row.act != Act.WITHDRAWN:
            own.append(row)
        elif own:  # a withdrawal takes back its coder's latest decision
            own.pop()
    fresh = [
        d
        for d in decided
        if (d.message, d.coder, d.revision, d.context) not in taken
        and not _repeats(d, stands[d.message, d.coder])
    ]
    if fresh:
        await connection.execute(insert(codings), [_values(d) for d in fresh])
    return len(fresh)


def _repeats(decided: NewCoding, stands: Sequence[Row[Any]]) -> bool:
    """Return whether a plain code is its coder's last one that stands, with nothing to add."""
    if decided.act is not Act.CODED or not stands:
        return False
    last = stands[-1]
    same = (last.act, last.code, last.revision) == (Act.CODED, decided.code, decided.revision)
    return same and (not decided.note or decided.note == last.note)


def _values(decided: NewCoding) -> dict[str, object]:
    return {
        "message_id": decided.message,
        "coder_id": decided.coder,
        "codebook_id": decided.codebook,
        "code": decided.code,
        "confidence": decided.confidence,
        "runner_up": decided.runner_up,
        "runner_up_confidence": decided.runner_up_confidence,
        "at": decided.at,
        "act": str(decided.act),
        "revision": decided.revision,
        "context": decided.context,
        "window_size": decided.window_size,
        "cut": decided.cut,
        "note": decided.note,
        "seen": decided.seen,
    }


async def _advance(connection: AsyncConnection, items: Sequence[tuple[int, int]]) -> list[None]:
    for coder_id, session_id in items:
        first = select(messages.c.id).where(_pending(coder_id, session_id))
        found = await connection.scalar(first.order_by(messages.c.id).limit(1))
        if found is None:
            of_session = select(messages.c.id).where(messages.c.session_id == session_id)
            last = await connection.scalar(of_session.order_by(messages.c.id.desc()).limit(1))
            found = (last or 0) + 1
        own = (progress.c.coder_id == coder_id) & (progress.c.session_id == session_id)
        await connection.execute(delete(progress).where(own))
        values = {"coder_id": coder_id, "session_id": session_id, "done_below": found}
        await connection.execute(insert(progress).values(values))
    return [None] * len(items)

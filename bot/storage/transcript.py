"""Reading a study out: discussion by discussion, in a stable order, in constant memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.assignment import Sampling
from bot.domain.discussion import Discussion
from bot.domain.units import units
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.live_tables import gaps, notes
from bot.storage.marks import select_marks, to_mark
from bot.storage.notes import select_notes, to_note
from bot.storage.review_tables import marks
from bot.storage.rows import CodedDiscussion
from bot.storage.selecting import (
    select_codings,
    select_discussions,
    select_messages,
    to_coding,
    to_discussion,
    to_stored,
)
from bot.storage.tables import codings, discussions, messages, sessions
from bot.storage.unit_links import read_links


@dataclass(slots=True)
class Reach:
    """Up to which rows of the log something was read; a stream fills it in when it begins."""

    message: int = 0
    coding: int = 0


class Transcripts:
    """Streams for exports."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def stream(
        self, study_id: int, session: str | None = None, reach: Reach | None = None
    ) -> AsyncGenerator[CodedDiscussion, None]:
        """Yield every discussion of the study, or of one session, that holds messages.

        Sessions as they began; in each, threads by first appearance; in each, discussions in
        their order; messages in sequence. Everything is read from one snapshot: what is
        stored meanwhile does not show. Close the iterator (`aclosing`) if you stop early.
        `reach` is told how far the snapshot goes.
        """
        async with self._connections.read() as connection:
            if reach is not None:
                reach.message = await connection.scalar(select(func.max(messages.c.id))) or 0
                reach.coding = await connection.scalar(select(func.max(codings.c.id))) or 0
            query = (
                select(discussions.c.id, sessions.c.name)
                .join(sessions, sessions.c.id == discussions.c.session_id)
                .where(sessions.c.study_id == study_id)
                .order_by(sessions.c.id, discussions.c.thread_id, discussions.c.start_key)
            )
            if session is not None:
                query = query.where(sessions.c.name == session)
            sampling = await read_sampling(connection, study_id)
            # Ids alone: a few bytes a discussion, whatever is said in it.
            for discussion_id, name in (await connection.execute(query)).all():
                found = await _read(connection, discussion_id, name, sampling)
                if found.discussion.messages:
                    yield found

    async def size(self, study_id: int, session: str | None = None) -> int:
        """Return how many messages `stream` will give, for a progress bar."""
        query = (
            select(func.count())
            .select_from(messages)
            .join(sessions, sessions.c.id == messages.c.session_id)
            .where(sessions.c.study_id == study_id)
        )
        if session is not None:
            query = query.where(sessions.c.name == session)
        async with self._connections.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def speakers(self, study_id: int, session: str | None = None) -> int:
        """Return how many people wrote the messages that `stream` will give."""
        query = (
            select(func.count(messages.c.person_id.distinct()))
            .join(sessions, sessions.c.id == messages.c.session_id)
            .where(sessions.c.study_id == study_id)
        )
        if session is not None:
            query = query.where(sessions.c.name == session)
        async with self._connections.read() as connection:
            return int(await connection.scalar(query) or 0)


async def _read(
    connection: AsyncConnection, discussion_id: int, session: str, sampling: Sampling
) -> CodedDiscussion:
    own = select_discussions().where(discussions.c.id == discussion_id)
    row = to_discussion((await connection.execute(own)).one())
    said = (
        select_messages()
        .where(messages.c.discussion_id == discussion_id)
        .order_by(messages.c.sequence)
    )
    rows = (await connection.execute(said)).all()
    stored = [to_stored(m) for m in rows]
    spoken = tuple(s.message for s in stored)
    decided = (
        select_codings()
        .where(messages.c.discussion_id == discussion_id)
        .order_by(codings.c.message_id, codings.c.id)
    )
    here = messages.c.discussion_id == discussion_id
    noted = select_notes().where(here).order_by(notes.c.id)
    marked = select_marks().where(here).order_by(marks.c.id)
    links = await read_links(connection, here)
    placed = ((m.id, sampling.assigned(session, m.thread_id, m.id)) for m in spoken)
    return CodedDiscussion(
        session=session,
        thread=row.thread,
        discussion=Discussion(row.thread.id, row.scenario, spoken, row.round),
        codings=_by_message([to_coding(c) for c in await connection.execute(decided)]),
        deleted=frozenset(s.message.id for s in stored if s.deleted_at is not None),
        assigned={message: coders for message, coders in placed if coders is not None},
        units=units(spoken, links),
        notes=_by_message([to_note(n) for n in await connection.execute(noted)]),
        marks=_by_message([to_mark(m) for m in await connection.execute(marked)]),
        missing=await _missing(connection, rows),
    )


class _OfMessage(Protocol):
    @property
    def message_id(self) -> str: ...


_Given = TypeVar("_Given", bound=_OfMessage)


def _by_message(given: Sequence[_Given]) -> dict[str, tuple[_Given, ...]]:
    found: dict[str, list[_Given]] = defaultdict(list)
    for each in given:
        found[each.message_id].append(each)
    return {message: tuple(own) for message, own in found.items()}


async def _missing(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Return how many messages are missing before which of a discussion's."""
    if not rows:
        return {}
    query = select(gaps.c.before_key, gaps.c.missing).where(
        gaps.c.thread_id == rows[0].thread_id,
        gaps.c.before_key >= rows[0].order_key,
        gaps.c.before_key <= rows[-1].order_key,
    )
    found: Counter[str] = Counter()
    for gap in await connection.execute(query):
        after = next(r.external_id for r in rows if r.order_key >= gap.before_key)
        found[after] += gap.missing
    return dict(found)

"""Reading a study out: discussion by discussion, in a stable order, in constant memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import Coding
from bot.domain.discussion import Discussion
from bot.storage.connections import Connections
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


class Transcripts:
    """Streams for exports."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def stream(
        self, study_id: int, session: str | None = None
    ) -> AsyncGenerator[CodedDiscussion, None]:
        """Yield every discussion of the study, or of one session, that holds messages.

        Sessions as they began; in each, threads by first appearance; in each, discussions in
        their order; messages in sequence. Everything is read from one snapshot: what is
        stored meanwhile does not show. Close the iterator (`aclosing`) if you stop early.
        """
        async with self._connections.read() as connection:
            query = (
                select(discussions.c.id, sessions.c.name)
                .join(sessions, sessions.c.id == discussions.c.session_id)
                .where(sessions.c.study_id == study_id)
                .order_by(sessions.c.id, discussions.c.thread_id, discussions.c.start_key)
            )
            if session is not None:
                query = query.where(sessions.c.name == session)
            # Ids alone: a few bytes a discussion, whatever is said in it.
            for discussion_id, name in (await connection.execute(query)).all():
                found = await _read(connection, discussion_id, name)
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


async def _read(connection: AsyncConnection, discussion_id: int, session: str) -> CodedDiscussion:
    own = select_discussions().where(discussions.c.id == discussion_id)
    row = to_discussion((await connection.execute(own)).one())
    said = (
        select_messages()
        .where(messages.c.discussion_id == discussion_id)
        .order_by(messages.c.sequence)
    )
    stored = [to_stored(m) for m in await connection.execute(said)]
    decided = (
        select_codings()
        .where(messages.c.discussion_id == discussion_id)
        .order_by(codings.c.message_id, codings.c.id)
    )
    by_message: dict[str, list[Coding]] = defaultdict(list)
    for coding in await connection.execute(decided):
        by_message[coding.external_id].append(to_coding(coding))
    return CodedDiscussion(
        session=session,
        thread=row.thread,
        discussion=Discussion(
            row.thread.id, row.scenario, tuple(s.message for s in stored), row.round
        ),
        codings={message: tuple(given) for message, given in by_message.items()},
        deleted=frozenset(s.message.id for s in stored if s.deleted_at is not None),
    )

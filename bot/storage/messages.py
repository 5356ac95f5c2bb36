"""The log: what arrives takes its place in its discussion, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import select

from bot.domain.discussion import Message
from bot.storage.connections import Connections
from bot.storage.receiving import receive
from bot.storage.rows import Arrival, Place, Receipt, StoredMessage
from bot.storage.selecting import select_messages, to_stored
from bot.storage.tables import messages, threads

_TOGETHER = 500  # threads a query


class Messages:
    """Reads and writes the log."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def receive(self, study_id: int, arrival: Arrival) -> asyncio.Future[Receipt]:
        """Store an arrival unless it is known; the future ends when it is on disk.

        Ends with NotFollowedError if no discussion of its thread covers its order key.
        """
        return self._connections.submit(receive, (study_id, arrival, self._connections.clock()))

    async def find(self, study_id: int, thread_id: str, external_id: str) -> StoredMessage | None:
        """Return a message by the ids that its source gave it, or None."""
        query = select_messages().where(
            threads.c.study_id == study_id,
            threads.c.external_id == thread_id,
            messages.c.external_id == external_id,
        )
        async with self._connections.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else to_stored(row)

    async def named(self, study_id: int, external_id: str) -> tuple[StoredMessage, ...]:
        """Return the messages of a study that have this id, in whichever thread."""
        query = (
            select_messages()
            .where(threads.c.study_id == study_id, messages.c.external_id == external_id)
            .order_by(messages.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(to_stored(row) for row in await connection.execute(query))

    async def before(self, discussion_id: int, sequence: int, limit: int) -> tuple[Message, ...]:
        """Return the last `limit` messages of a discussion below `sequence`, oldest first."""
        if limit < 1:
            return ()
        query = (
            select_messages()
            .where(messages.c.discussion_id == discussion_id, messages.c.sequence < sequence)
            .order_by(messages.c.sequence.desc())
            .limit(limit)
        )
        async with self._connections.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(to_stored(row).message for row in reversed(rows))

    async def of_discussion(self, discussion_id: int) -> tuple[StoredMessage, ...]:
        """Return every message of a discussion, in sequence."""
        query = (
            select_messages()
            .where(messages.c.discussion_id == discussion_id)
            .order_by(messages.c.sequence)
        )
        async with self._connections.read() as connection:
            return tuple(to_stored(row) for row in await connection.execute(query))

    async def places(
        self, study_id: int, thread_ids: Sequence[str]
    ) -> dict[tuple[str, str], Place]:
        """Return where every message of these threads stands, by (thread, message) ids."""
        found: dict[tuple[str, str], Place] = {}
        async with self._connections.read() as connection:
            for first in range(0, len(thread_ids), _TOGETHER):
                query = (
                    select(
                        threads.c.external_id.label("thread_key"),
                        messages.c.external_id,
                        messages.c.discussion_id,
                        messages.c.order_key,
                    )
                    .join(messages, messages.c.thread_id == threads.c.id)
                    .where(
                        threads.c.study_id == study_id,
                        threads.c.external_id.in_(thread_ids[first : first + _TOGETHER]),
                    )
                )
                for thread, message, discussion, key in await connection.execute(query):
                    found[thread, message] = Place(discussion, key)
        return found

"""What became of a message, as the log has it beside the message itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.domain.coding import Coding
from bot.domain.discussion import Thread
from bot.domain.units import Link
from bot.storage.connections import Connections
from bot.storage.live_tables import notes
from bot.storage.review_tables import marks, unit_links
from bot.storage.rows import StoredMessage
from bot.storage.selecting import select_codings, select_messages, to_coding, to_stored
from bot.storage.tables import (
    bundles,
    codebooks,
    coders,
    codings,
    message_events,
    messages,
    sessions,
    threads,
)
from bot.storage.unit_links import read_links


@dataclass(frozen=True, slots=True)
class CodingRecord:
    """A coding with what it was made with: a codebook's version, and a model's bundle."""

    coding: Coding
    codebook: str
    codebook_hash: str
    bundle: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a message was said, when it was stored, and what was decided on it and its unit.

    `codings` are those of all messages that were asked for, `links` those of its discussion,
    both in the order they were given.
    """

    session: str
    thread: Thread
    stored_at: datetime
    codings: tuple[CodingRecord, ...]
    links: tuple[Link, ...]


class Trails:
    """Reads the trail of messages."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def handled(self, study_id: int, session: str | None = None) -> tuple[StoredMessage, ...]:
        """Return the messages on which people did something, in the order of the log.

        They coded, marked or noted on them, joined them, or their authors changed them.
        """
        by_people = select(codings.c.message_id).join(coders).where(coders.c.kind == "human")
        done = by_people.union(
            select(notes.c.message_id),
            select(marks.c.message_id),
            select(unit_links.c.message_id),
            select(message_events.c.message_id),
        )
        query = (
            select_messages()
            .join(sessions, sessions.c.id == messages.c.session_id)
            .where(sessions.c.study_id == study_id, messages.c.id.in_(done))
            .order_by(messages.c.id)
        )
        if session is not None:
            query = query.where(sessions.c.name == session)
        async with self._connections.read() as connection:
            return tuple(to_stored(row) for row in await connection.execute(query))

    async def of(self, message: int, unit: Sequence[int]) -> Recorded:
        """Return what is recorded of a message, with the codings of its `unit`; all are rows."""
        where_said = (
            select(
                messages.c.stored_at,
                messages.c.discussion_id,
                sessions.c.name.label("session"),
                threads.c.external_id,
                threads.c.name,
            )
            .join(sessions, sessions.c.id == messages.c.session_id)
            .join(threads, threads.c.id == messages.c.thread_id)
            .where(messages.c.id == message)
        )
        made = (
            select_codings()
            .add_columns(
                codebooks.c.content,
                codebooks.c.hash,
                bundles.c.name.label("bundle"),
                bundles.c.fingerprint,
            )
            .join(codebooks, codebooks.c.id == codings.c.codebook_id)
            .outerjoin(bundles, bundles.c.id == coders.c.bundle_id)
            .where(codings.c.message_id.in_(unit))
            .order_by(codings.c.id)
        )
        async with self._connections.read() as connection:
            said = (await connection.execute(where_said)).one()
            here = messages.c.discussion_id == said.discussion_id
            return Recorded(
                said.session,
                Thread(said.external_id, said.name),
                said.stored_at,
                tuple(
                    CodingRecord(
                        to_coding(row),
                        f"{row.content['id']} {row.content['version']}",
                        row.hash,
                        row.bundle,
                        row.fingerprint,
                    )
                    for row in await connection.execute(made)
                ),
                await read_links(connection, here),
            )

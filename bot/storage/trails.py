"""What became of messages, as the log has it beside the messages themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.domain.coding import Coding
from bot.domain.discussion import Thread
from bot.domain.units import Link
from bot.storage.connections import Connections
from bot.storage.live_tables import notes
from bot.storage.review_tables import marks, unit_links
from bot.storage.rows import Change, StoredMessage
from bot.storage.selecting import select_codings, select_messages, to_coding, to_stored
from bot.storage.tables import (
    bundles,
    codebooks,
    coders,
    codings,
    discussions,
    message_events,
    messages,
    sessions,
    threads,
)
from bot.storage.unit_links import read_links


@dataclass(frozen=True, slots=True)
class CodingRecord:
    """A coding with what it was made with: a codebook's version, and a model's bundle.

    Of two the one with the lower `id` was given first.
    """

    id: int
    coding: Coding
    codebook: str
    codebook_hash: str
    bundle: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a discussion was held, and what became of its messages, by their rows.

    `codings` and `changes` (by the author) are in the order they were made, and so
    are `links`, the decisions on units.
    """

    session: str
    thread: Thread
    stored_at: Mapping[int, datetime]
    codings: Mapping[int, tuple[CodingRecord, ...]]
    changes: Mapping[int, tuple[Change, ...]]
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
            select(unit_links.c.previous_id),
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

    async def of_discussion(self, discussion: int) -> Recorded:
        """Return what is recorded of a discussion (its row)."""
        here = messages.c.discussion_id == discussion
        held = (
            select(sessions.c.name.label("session"), threads.c.external_id, threads.c.name)
            .join(discussions, discussions.c.session_id == sessions.c.id)
            .join(threads, threads.c.id == discussions.c.thread_id)
            .where(discussions.c.id == discussion)
        )
        stored = select(messages.c.id, messages.c.stored_at).where(here)
        changed = (
            select(
                message_events.c.message_id,
                message_events.c.kind,
                message_events.c.at,
                message_events.c.revision,
                message_events.c.text_before,
                message_events.c.text_after,
            )
            .join(messages, messages.c.id == message_events.c.message_id)
            .where(here)
            .order_by(message_events.c.id)
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
            .where(here)
            .order_by(codings.c.id)
        )
        async with self._connections.read() as connection:
            where = (await connection.execute(held)).one()
            given: dict[int, list[CodingRecord]] = defaultdict(list)
            for row in await connection.execute(made):
                book = f"{row.content['id']} {row.content['version']}"
                given[row.message_id].append(
                    CodingRecord(
                        row.id, to_coding(row), book, row.hash, row.bundle, row.fingerprint
                    )
                )
            changes: dict[int, list[Change]] = defaultdict(list)
            for message, *change in await connection.execute(changed):
                changes[message].append(Change(*change))
            return Recorded(
                where.session,
                Thread(where.external_id, where.name),
                {row.id: row.stored_at for row in await connection.execute(stored)},
                {message: tuple(records) for message, records in given.items()},
                {message: tuple(done) for message, done in changes.items()},
                await read_links(connection, here),
            )

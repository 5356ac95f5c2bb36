"""Whose a discussion is: the model coder that serves, and the pins of those that served before.

A live discussion (its session follows threads) belongs to the coder that it is pinned to, or
else to the one that serves its study. What is imported or replayed belongs to whoever codes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import CoderKind
from bot.storage.connections import Connections
from bot.storage.learning_tables import pins, seatings
from bot.storage.live_tables import session_threads
from bot.storage.tables import coders, codings, discussions, messages, progress, sessions

_NOBODY = 0  # no row has this id


@dataclass(frozen=True, slots=True)
class Seated:
    """Who serves from now on (None: nobody), and what was pinned to others for that."""

    coder_id: int | None
    pins: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Seat:
    study_id: int
    coder_id: int | None
    folder: Path | None
    at: datetime


class Pins:
    """Reads and writes whose discussions are."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def seat(
        self, study_id: int, coder_id: int | None, folder: Path | None
    ) -> asyncio.Future[Seated]:
        """Let a coder, whose bundle stands in `folder`, serve a study; None: nobody.

        In the same transaction all that belonged to the coder before is pinned to that one. What
        began while nobody served belongs to the new coder; the first of all leaves out what
        other models coded in sessions that have ended. Who serves already goes on.
        """
        seat = _Seat(study_id, coder_id, folder, self._connections.clock())
        return self._connections.submit(_seat, seat)

    async def serving(self, study_id: int) -> int | None:
        """Return the coder that serves a study, None if none does."""
        query = (
            select(seatings.c.coder_id)
            .where(seatings.c.study_id == study_id)
            .order_by(seatings.c.id.desc())
            .limit(1)
        )
        async with self._connections.read() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def of_study(self, study_id: int) -> dict[int, int]:
        """Return every pin of a study: the coder's row by that of the discussion."""
        query = (
            select(pins.c.discussion_id, pins.c.coder_id)
            .join(coders, coders.c.id == pins.c.coder_id)
            .where(coders.c.study_id == study_id)
        )
        async with self._connections.read() as connection:
            return {row.discussion_id: row.coder_id for row in await connection.execute(query)}

    async def talking(self, study_id: int) -> frozenset[int]:
        """Return the coders to whom a discussion is pinned that goes on.

        It is the last of its thread, and its session runs.
        """
        later = discussions.alias("later")
        query = (
            select(pins.c.coder_id)
            .join(discussions, discussions.c.id == pins.c.discussion_id)
            .join(sessions, sessions.c.id == discussions.c.session_id)
            .where(
                sessions.c.study_id == study_id,
                sessions.c.ended_at.is_(None),
                ~exists().where(
                    later.c.thread_id == discussions.c.thread_id,
                    later.c.start_key > discussions.c.start_key,
                ),
            )
            .distinct()
        )
        async with self._connections.read() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def folder(self, coder_id: int) -> Path | None:
        """Return where a coder's bundle stood when it last began to serve."""
        query = (
            select(seatings.c.folder)
            .where(seatings.c.coder_id == coder_id)
            .order_by(seatings.c.id.desc())
            .limit(1)
        )
        async with self._connections.read() as connection:
            found = await connection.scalar(query)
        return None if found is None else Path(found)


def owner(discussion: ColumnElement[int], session_id: int) -> ColumnElement[int]:
    """Return the coder that a discussion of a session belongs to.

    0 for one that nobody has begun to code, null for one that is not live.
    """
    serving = (
        select(func.coalesce(seatings.c.coder_id, _NOBODY))
        .join(sessions, sessions.c.study_id == seatings.c.study_id)
        .where(
            sessions.c.id == session_id,
            exists().where(session_threads.c.session_id == sessions.c.id),
        )
        .order_by(seatings.c.id.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    return func.coalesce(pinned(discussion), serving)


def pinned(discussion: ColumnElement[int]) -> ColumnElement[Any]:
    """Return the coder that a discussion is pinned to, null where it is not."""
    own = select(pins.c.coder_id).where(pins.c.discussion_id == discussion)
    return own.correlate_except(pins).scalar_subquery()


async def _seat(connection: AsyncConnection, items: Sequence[_Seat]) -> list[Seated]:
    return [await _seat_one(connection, item) for item in items]


async def _seat_one(connection: AsyncConnection, item: _Seat) -> Seated:
    last = (
        await connection.execute(
            select(seatings)
            .where(seatings.c.study_id == item.study_id)
            .order_by(seatings.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    folder = None if item.folder is None else str(item.folder)
    if last is not None and (last.coder_id, last.folder) == (item.coder_id, folder):
        return Seated(item.coder_id, {})
    given: dict[int, int] = {}
    if last is None and item.coder_id is not None:
        given = await _of_others(connection, item.study_id, item.coder_id)
    elif last is not None and last.coder_id not in (None, item.coder_id):
        free = await connection.execute(_unpinned(item.study_id))
        given = dict.fromkeys(free.scalars(), last.coder_id)
    if given:
        values = [{"discussion_id": d, "coder_id": coder} for d, coder in given.items()]
        await connection.execute(insert(pins), values)
    if last is not None and last.coder_id is None:
        # What was nobody's becomes its own, below where its search may have come as well.
        await connection.execute(delete(progress).where(progress.c.coder_id == item.coder_id))
    row = {"study_id": item.study_id, "coder_id": item.coder_id, "folder": folder, "at": item.at}
    await connection.execute(insert(seatings).values(row))
    return Seated(item.coder_id, given)


def _unpinned(study_id: int) -> Any:
    return (
        select(discussions.c.id)
        .join(sessions, sessions.c.id == discussions.c.session_id)
        .where(
            sessions.c.study_id == study_id,
            exists().where(session_threads.c.session_id == sessions.c.id),
            ~exists().where(pins.c.discussion_id == discussions.c.id),
        )
    )


async def _of_others(connection: AsyncConnection, study_id: int, coder_id: int) -> dict[int, int]:
    """Return who last coded what has ended, where that was another model than this one."""
    query = (
        _unpinned(study_id)
        .with_only_columns(discussions.c.id, func.max(codings.c.coder_id))
        .join(messages, messages.c.discussion_id == discussions.c.id)
        .join(codings, codings.c.message_id == messages.c.id)
        .join(coders, coders.c.id == codings.c.coder_id)
        .where(
            sessions.c.ended_at.is_not(None),
            and_(coders.c.kind == str(CoderKind.MODEL), coders.c.id != literal(coder_id)),
        )
        .group_by(discussions.c.id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}

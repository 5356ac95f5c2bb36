"""Gaps: messages of a thread that can no longer be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import Thread
from bot.storage.connections import Connections
from bot.storage.live_rows import Followed, Gap
from bot.storage.live_tables import gaps, posts, runs
from bot.storage.starting import thread_row
from bot.storage.tables import discussions, messages, threads

REMOVED = "its message was deleted from the thread"
"""The problem of a post whose message was deleted."""


@dataclass(frozen=True, slots=True)
class _New:
    study_id: int
    gap: Gap
    once: bool


class Gaps:
    """Reads and writes what is missing from the log."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(self, study_id: int, gap: Gap, *, once: bool = False) -> bool:
        """Record a gap; with `once` False, and nothing written, if one stands at its keys."""
        return await self._connections.write(_add, _New(study_id, gap, once))

    async def of_thread(self, study_id: int, thread_id: str) -> tuple[Gap, ...]:
        """Return every gap noticed in a thread, in the order of its keys."""
        query = _select().where(threads.c.study_id == study_id, threads.c.external_id == thread_id)
        async with self._connections.read() as connection:
            return tuple(_to_gap(row) for row in await connection.execute(query))

    async def of_session(self, session_id: int) -> tuple[Gap, ...]:
        """Return the gaps that lie in a session's discussions, by thread and keys."""
        span = (
            select(
                discussions.c.thread_id,
                func.min(discussions.c.start_key).label("first"),
                func.max(discussions.c.end_key).label("last"),
            )
            .where(discussions.c.session_id == session_id)
            .group_by(discussions.c.thread_id)
            .subquery()
        )
        query = (
            _select()
            .join(span, span.c.thread_id == gaps.c.thread_id)
            .where(
                gaps.c.before_key > span.c.first,
                or_(span.c.last.is_(None), gaps.c.after_key < span.c.last),
            )
        )
        async with self._connections.read() as connection:
            return tuple(_to_gap(row) for row in await connection.execute(query))

    async def accounted(self, followed: Followed) -> int:
        """Return how many deletions in a thread are known of since its session follows it.

        Those of messages in the log and of what the session's runs posted, and those in gaps.
        """
        own = (
            select(threads.c.id)
            .where(
                threads.c.study_id == followed.session.study_id,
                threads.c.external_id == followed.thread.id,
            )
            .scalar_subquery()
        )
        deleted = select(func.count()).where(
            messages.c.thread_id == own,
            messages.c.deleted_at.is_not(None),
            or_(
                messages.c.session_id == followed.session.id,
                messages.c.deleted_at >= followed.joined_at,  # an earlier session's
            ),
        )
        missing = select(func.coalesce(func.sum(gaps.c.missing), 0)).where(
            gaps.c.thread_id == own, gaps.c.noticed_at >= followed.joined_at
        )
        posted = (
            select(func.count())
            .select_from(posts.join(runs, runs.c.id == posts.c.run_id))
            .where(
                posts.c.thread_id == own,
                posts.c.problem == REMOVED,
                runs.c.session_id == followed.session.id,
            )
        )
        query = select(
            deleted.scalar_subquery() + missing.scalar_subquery() + posted.scalar_subquery()
        )
        async with self._connections.read() as connection:
            return int(await connection.scalar(query) or 0)


async def _add(connection: AsyncConnection, items: Sequence[_New]) -> list[bool]:
    return [await _add_one(connection, item) for item in items]


async def _add_one(connection: AsyncConnection, item: _New) -> bool:
    gap = item.gap
    row = await thread_row(connection, item.study_id, gap.thread)
    same = and_(
        gaps.c.thread_id == row,
        gaps.c.after_key == gap.after_key,
        gaps.c.before_key == gap.before_key,
    )
    if item.once and await connection.scalar(select(gaps.c.id).where(same).limit(1)) is not None:
        return False
    values = {
        "thread_id": row,
        "after_key": gap.after_key,
        "before_key": gap.before_key,
        "missing": gap.missing,
        "noticed_at": gap.noticed_at,
        "reason": gap.reason,
    }
    await connection.execute(insert(gaps).values(values))
    return True


def _select() -> Select[Any]:
    return (
        select(
            threads.c.external_id,
            threads.c.name,
            gaps.c.after_key,
            gaps.c.before_key,
            gaps.c.missing,
            gaps.c.noticed_at,
            gaps.c.reason,
        )
        .join(threads, threads.c.id == gaps.c.thread_id)
        .order_by(gaps.c.thread_id, gaps.c.after_key, gaps.c.id)
    )


def _to_gap(row: Row[Any]) -> Gap:
    return Gap(
        Thread(row.external_id, row.name),
        row.after_key,
        row.before_key,
        row.missing,
        row.noticed_at,
        row.reason,
    )

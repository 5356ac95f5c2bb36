"""Who is to code what in a study, and its audit share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.assignment import AUDIT_SHARE, Assignment, Sampling
from bot.storage.connections import Connections
from bot.storage.review_tables import assignments
from bot.storage.tables import coders, sessions, studies


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment as stored; ended ones assign nobody any more."""

    id: int
    assignment: Assignment
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class _New:
    study_id: int
    coder_id: int
    session_id: int | None
    assignment: Assignment
    at: datetime


@dataclass(frozen=True, slots=True)
class _End:
    id: int
    at: datetime


class Assignments:
    """Reads and writes assignments."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(
        self, study_id: int, coder_id: int, assignment: Assignment, session_id: int | None = None
    ) -> int:
        """Store an assignment of the coder with this row; return the assignment's row.

        `session_id` is the row of the session that the assignment names, None where it names
        none.
        """
        at = self._connections.clock()
        new = _New(study_id, coder_id, session_id, assignment, at)
        return await self._connections.write(_add, new)

    async def end(self, assignment_id: int) -> bool:
        """End an assignment; return False if it had ended already, or there is none."""
        return await self._connections.write(_end, _End(assignment_id, self._connections.clock()))

    async def all(self, study_id: int) -> tuple[AssignmentRow, ...]:
        """Return every assignment of a study, ended ones too, in the order they were made."""
        async with self._connections.read() as connection:
            return await _all(connection, study_id)

    async def sampling(self, study_id: int) -> Sampling:
        """Return how the study's messages are given to its people now.

        The audit share is the study's setting `audit_share`, the target error `target_error`
        (an empty text for none).
        """
        async with self._connections.read() as connection:
            return await read_sampling(connection, study_id)


async def read_sampling(connection: AsyncConnection, study_id: int) -> Sampling:
    """Return `Assignments.sampling` as one connection sees it."""
    query = select(studies.c.name, studies.c.settings).where(studies.c.id == study_id)
    study = (await connection.execute(query)).one()
    rows = await _all(connection, study_id)
    return Sampling(
        study.name,
        tuple(row.assignment for row in rows if row.ended_at is None),
        float(study.settings.get("audit_share", AUDIT_SHARE)),
        _number(study.settings.get("target_error")),
    )


def _number(setting: str | None) -> float | None:
    return float(setting) if setting else None


async def _all(connection: AsyncConnection, study_id: int) -> tuple[AssignmentRow, ...]:
    query = (
        select(assignments, coders.c.name.label("coder"), sessions.c.name.label("session"))
        .join(coders, coders.c.id == assignments.c.coder_id)
        .outerjoin(sessions, sessions.c.id == assignments.c.session_id)
        .where(assignments.c.study_id == study_id)
        .order_by(assignments.c.id)
    )
    return tuple(
        AssignmentRow(
            row.id,
            Assignment(
                row.coder,
                row.share,
                None if row.threads is None else frozenset(row.threads),
                row.session,
                row.blind,
            ),
            row.created_at,
            row.ended_at,
        )
        for row in await connection.execute(query)
    )


async def _add(connection: AsyncConnection, items: Sequence[_New]) -> list[int]:
    made = []
    for item in items:
        given = item.assignment
        values = {
            "study_id": item.study_id,
            "coder_id": item.coder_id,
            "session_id": item.session_id,
            "share": given.share,
            "threads": None if given.threads is None else sorted(given.threads),
            "blind": given.blind,
            "created_at": item.at,
        }
        added = insert(assignments).values(values).returning(assignments.c.id)
        made.append(int((await connection.execute(added)).scalar_one()))
    return made


async def _end(connection: AsyncConnection, items: Sequence[_End]) -> list[bool]:
    ended = []
    for item in items:
        open_ = (assignments.c.id == item.id) & assignments.c.ended_at.is_(None)
        change = update(assignments).where(open_).values(ended_at=item.at)
        ended.append((await connection.execute(change)).rowcount == 1)
    return ended

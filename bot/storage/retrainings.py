"""Retrainings: every attempt to make a better coder, also those that were skipped or failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.learning_tables import retrainings
from bot.storage.tables import bundles


class Cause(StrEnum):
    """Why a retraining was begun."""

    NIGHTLY = "nightly"
    ASKED = "asked"


class State(StrEnum):
    """How far a retraining is; all but RUNNING are final."""

    RUNNING = "running"
    PROMOTED = "promoted"
    KEPT = "kept"
    SKIPPED = "skipped"
    FAILED = "failed"


UNTOLD: Mapping[str, Any] = {"told": False}
"""The decision of a retraining that died, until the staff has heard of it."""

DECIDED = (State.PROMOTED, State.KEPT)
"""The states in which two coders were judged against each other."""


@dataclass(frozen=True, slots=True)
class Retraining:
    """One attempt, as stored.

    `verified` are the verified codes of its snapshot, `reason` is a sentence for people.
    `decision` holds the numbers of the gate, of a skip its kind and whether it was told, and of
    one that died only whether it was told.
    """

    id: int
    study_id: int
    cause: Cause
    state: State
    started_at: datetime
    ended_at: datetime | None
    folder: Path | None
    verified: int | None
    champion_id: int | None
    challenger_id: int | None
    reason: str | None
    decision: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """How a retraining ended; `champion` and `challenger` are fingerprints of bundles."""

    state: State
    reason: str
    verified: int | None = None
    champion: str | None = None
    challenger: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)


class Retrainings:
    """Reads and writes retrainings."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def begin(self, study_id: int, cause: Cause, folder: Path) -> Retraining:
        """Record a retraining that runs in `folder`."""
        at = self._connections.clock()
        values = {
            "study_id": study_id,
            "cause": str(cause),
            "state": str(State.RUNNING),
            "started_at": at,
            "folder": str(folder),
        }
        return await self._connections.write(_insert, values)

    async def skip(
        self, study_id: int, cause: Cause, reason: str, decision: Mapping[str, Any]
    ) -> Retraining:
        """Record a retraining that was not begun, and why."""
        at = self._connections.clock()
        values = {
            "study_id": study_id,
            "cause": str(cause),
            "state": str(State.SKIPPED),
            "started_at": at,
            "ended_at": at,
            "reason": reason,
            "decision": dict(decision),
        }
        return await self._connections.write(_insert, values)

    async def end(self, row: int, end: End) -> Retraining:
        """Record how a running retraining ended; one that has ended stays as it is."""
        return await self._connections.write(_end, (row, end, self._connections.clock()))

    async def owed(self, study_id: int) -> tuple[Retraining, ...]:
        """Return a study's retrainings that died and of which the staff has not heard."""
        rows = await self.of_study(study_id)
        died = (row for row in rows if row.state is State.FAILED)
        return tuple(row for row in died if row.decision == UNTOLD)

    async def told(self, row: int) -> None:
        """Record that the staff has heard of a retraining that died."""
        await self._connections.write(_told, row)

    async def running(self) -> tuple[Retraining, ...]:
        """Return the retrainings, of any study, that run, or whose process died."""
        query = select(retrainings).where(retrainings.c.state == str(State.RUNNING))
        async with self._connections.read() as connection:
            rows = await connection.execute(query.order_by(retrainings.c.id))
            return tuple(_to_retraining(row) for row in rows)

    async def of_study(self, study_id: int) -> tuple[Retraining, ...]:
        """Return a study's retrainings, oldest first."""
        query = select(retrainings).where(retrainings.c.study_id == study_id)
        async with self._connections.read() as connection:
            rows = await connection.execute(query.order_by(retrainings.c.id))
            return tuple(_to_retraining(row) for row in rows)


async def _insert(connection: AsyncConnection, items: Sequence[dict[str, Any]]) -> list[Retraining]:
    made = []
    for values in items:
        statement = insert(retrainings).values(values).returning(retrainings)
        made.append(_to_retraining((await connection.execute(statement)).one()))
    return made


async def _end(
    connection: AsyncConnection, items: Sequence[tuple[int, End, datetime]]
) -> list[Retraining]:
    return [await _end_one(connection, *item) for item in items]


async def _end_one(connection: AsyncConnection, row: int, end: End, at: datetime) -> Retraining:
    values = {
        "state": str(end.state),
        "ended_at": at,
        "reason": end.reason,
        "verified": end.verified,
        "champion_id": await _bundle(connection, end.champion),
        "challenger_id": await _bundle(connection, end.challenger),
        "decision": dict(end.decision),
    }
    running = (retrainings.c.id == row) & (retrainings.c.state == str(State.RUNNING))
    await connection.execute(update(retrainings).where(running).values(values))
    query = select(retrainings).where(retrainings.c.id == row)
    return _to_retraining((await connection.execute(query)).one())


async def _told(connection: AsyncConnection, rows: Sequence[int]) -> list[None]:
    died = retrainings.c.id.in_(rows) & (retrainings.c.state == str(State.FAILED))
    await connection.execute(update(retrainings).where(died).values(decision={"told": True}))
    return [None] * len(rows)


async def _bundle(connection: AsyncConnection, fingerprint: str | None) -> int | None:
    """Return the row of a bundle; None for one that was never registered."""
    query = select(bundles.c.id).where(bundles.c.fingerprint == fingerprint)
    return None if fingerprint is None else await connection.scalar(query)


def _to_retraining(row: Row[Any]) -> Retraining:
    return Retraining(
        id=row.id,
        study_id=row.study_id,
        cause=Cause(row.cause),
        state=State(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        folder=None if row.folder is None else Path(row.folder),
        verified=row.verified,
        champion_id=row.champion_id,
        challenger_id=row.challenger_id,
        reason=row.reason,
        decision=row.decision or {},
    )

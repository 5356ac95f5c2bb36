"""The gold groups: which judge a study's coders and never teach one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.gold import Side, decide
from bot.storage.connections import Connections
from bot.storage.errors import StorageError
from bot.storage.learning_tables import gold_groups
from bot.storage.tables import studies, threads


@dataclass(frozen=True, slots=True)
class _Asked:
    study_id: int
    groups: frozenset[str]
    share: float
    taught: frozenset[str]
    at: datetime


class GoldGroups:
    """Reads and writes what was decided about a study's groups."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def of(self, study_id: int) -> dict[str, Side]:
        """Return what was decided, by thread id; a group that is not there is not decided yet."""
        async with self._connections.read() as connection:
            return await _decided(connection, study_id)

    async def settle(
        self,
        study_id: int,
        groups: Collection[str],
        share: float,
        taught: Collection[str] = (),
    ) -> dict[str, Side]:
        """Decide for those of `groups` (thread ids) that are not decided yet; return all sides.

        The rule is bot.domain.gold.decide. Looking and writing are one transaction: whoever asks
        at the same time gets the same answer. Raises StorageError for a thread that the study
        does not have.
        """
        at = self._connections.clock()
        asked = _Asked(study_id, frozenset(groups), share, frozenset(taught), at)
        return await self._connections.write(_settle, asked)


async def _decided(connection: AsyncConnection, study_id: int) -> dict[str, Side]:
    query = (
        select(threads.c.external_id, gold_groups.c.gold, gold_groups.c.taught)
        .join(threads, threads.c.id == gold_groups.c.thread_id)
        .where(threads.c.study_id == study_id)
    )
    return {thread: Side(gold, taught) for thread, gold, taught in await connection.execute(query)}


async def _settle(connection: AsyncConnection, items: Sequence[_Asked]) -> list[dict[str, Side]]:
    return [await _settle_one(connection, asked) for asked in items]


async def _settle_one(connection: AsyncConnection, asked: _Asked) -> dict[str, Side]:
    name = await connection.scalar(select(studies.c.name).where(studies.c.id == asked.study_id))
    decided = await _decided(connection, asked.study_id)
    new = decide(str(name), decided, asked.groups, asked.share, asked.taught)
    if new:
        query = select(threads.c.external_id, threads.c.id)
        found = await connection.execute(query.where(threads.c.study_id == asked.study_id))
        rows: dict[str, int] = {row.external_id: row.id for row in found}
        missing = sorted(set(new) - set(rows))
        if missing:
            raise StorageError(
                f"study {name!r} has no thread {missing[0]!r}; name threads that are stored in it."
            )
        values = [
            {
                "thread_id": rows[group],
                "gold": side.gold,
                "taught": side.taught,
                "decided_at": asked.at,
            }
            for group, side in new.items()
        ]
        await connection.execute(insert(gold_groups), values)
    return decided | new

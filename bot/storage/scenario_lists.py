"""The scenarios that a study goes through, in order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import Scenario
from bot.storage.connections import Connections
from bot.storage.live_tables import scenario_list


class ScenarioLists:
    """Reads and writes the scenario list of each study."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def replace(self, study_id: int, scenarios: Sequence[Scenario]) -> None:
        """Make `scenarios`, whose ids differ, the study's list in place of the one it had."""
        await self._connections.write(_replace, (study_id, tuple(scenarios)))

    async def of(self, study_id: int) -> tuple[Scenario, ...]:
        """Return the study's list in order; empty if it has none."""
        query = (
            select(scenario_list.c.key, scenario_list.c.title, scenario_list.c.text)
            .where(scenario_list.c.study_id == study_id)
            .order_by(scenario_list.c.position)
        )
        async with self._connections.read() as connection:
            return tuple(Scenario(*row) for row in await connection.execute(query))


async def _replace(
    connection: AsyncConnection, items: Sequence[tuple[int, tuple[Scenario, ...]]]
) -> list[None]:
    for study_id, scenarios in items:
        own = scenario_list.c.study_id == study_id
        await connection.execute(delete(scenario_list).where(own))
        if scenarios:
            values = [
                {
                    "study_id": study_id,
                    "position": position,
                    "key": scenario.id,
                    "title": scenario.title,
                    "text": scenario.text,
                }
                for position, scenario in enumerate(scenarios, start=1)
            ]
            await connection.execute(insert(scenario_list), values)
    return [None] * len(items)

"""Where the staff panel of a session stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.live_tables import panels

Panel = tuple[int, str, str]
"""Session, channel and message."""


class Panels:
    """Reads and writes the one panel that each session has."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def save(self, session_id: int, channel: str, external_id: str) -> None:
        """Note that the session's panel is message `external_id` of `channel`."""
        await self._connections.write(_save, (session_id, channel, external_id))

    async def of(self, session_id: int) -> tuple[str, str] | None:
        """Return the channel and the message of a session's panel, or None."""
        query = select(panels.c.channel, panels.c.external_id).where(
            panels.c.session_id == session_id
        )
        async with self._connections.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (row.channel, row.external_id)


async def _save(connection: AsyncConnection, items: Sequence[Panel]) -> list[None]:
    for session_id, channel, external_id in items:
        await connection.execute(delete(panels).where(panels.c.session_id == session_id))
        values = {"session_id": session_id, "channel": channel, "external_id": external_id}
        await connection.execute(insert(panels).values(values))
    return [None] * len(items)

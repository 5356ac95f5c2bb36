"""Servers of a platform, each with its study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.errors import StorageError
from bot.storage.live_rows import Server
from bot.storage.live_tables import servers


class Servers:
    """Reads and writes which server holds which study, and who may do what there."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def save(
        self,
        study_id: int,
        platform: str,
        external_id: str,
        *,
        staff_channel: str | None = None,
        researcher_role: str | None = None,
        coder_role: str | None = None,
    ) -> Server:
        """Return the server with exactly these values, made if new.

        Raises StorageError if the study is another server's.
        """
        values: dict[str, Any] = {
            "study_id": study_id,
            "platform": platform,
            "external_id": external_id,
            "staff_channel": staff_channel,
            "researcher_role": researcher_role,
            "coder_role": coder_role,
            "updated_at": self._connections.clock(),
        }
        return await self._connections.write(_save, values)

    async def find(self, platform: str, external_id: str) -> Server | None:
        """Return a platform's server, or None."""
        own = (servers.c.platform == platform) & (servers.c.external_id == external_id)
        async with self._connections.read() as connection:
            row = (await connection.execute(select(servers).where(own))).one_or_none()
        return None if row is None else _to_server(row)

    async def all(self) -> tuple[Server, ...]:
        """Return every server, the first set up first."""
        async with self._connections.read() as connection:
            rows = await connection.execute(select(servers).order_by(servers.c.id))
            return tuple(_to_server(row) for row in rows)


async def _save(connection: AsyncConnection, items: Sequence[dict[str, Any]]) -> list[Server]:
    return [await _save_one(connection, values) for values in items]


async def _save_one(connection: AsyncConnection, values: dict[str, Any]) -> Server:
    own = (servers.c.platform == values["platform"]) & (
        servers.c.external_id == values["external_id"]
    )
    taken = select(servers.c.id).where(servers.c.study_id == values["study_id"], ~own)
    if await connection.scalar(taken) is not None:
        raise StorageError(
            "this study belongs to another server; set the server up with a study of its own."
        )
    known = await connection.scalar(select(servers.c.id).where(own))
    if known is None:
        await connection.execute(insert(servers).values(values))
    else:
        await connection.execute(update(servers).where(servers.c.id == known).values(values))
    return _to_server((await connection.execute(select(servers).where(own))).one())


def _to_server(row: Row[Any]) -> Server:
    return Server(
        row.id,
        row.study_id,
        row.platform,
        row.external_id,
        row.staff_channel,
        row.researcher_role,
        row.coder_role,
    )

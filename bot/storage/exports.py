"""What left: every export as a selection of the log, and the key of the hashes of records."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.learning_tables import exports
from bot.storage.tables import codings, messages, sessions, studies
from bot.storage.transcript import Reach

_KEY = "record_key"


@dataclass(frozen=True, slots=True)
class NewExport:
    """An export that is to be recorded: of a study (its row), or of one session of it.

    `file` is its name, no path; `verified`: only what people settled on.
    """

    study_id: int
    session: str | None
    form: str
    file: str
    sha256: str
    verified: bool
    reach: Reach


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export that reached somebody, as stored; `session` None: all of the study."""

    id: int
    session: str | None
    at: datetime
    form: str
    file: str
    sha256: str
    verified: bool


class Exports:
    """Reads and writes what left."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def record(self, new: NewExport) -> None:
        """Note that a file was written; it is on disk when this returns."""
        await self._connections.write(_record, (new, self._connections.clock()))

    async def of_message(self, message_id: int) -> tuple[ExportRow, ...]:
        """Return the exports that a message (its row) was part of, oldest first.

        A verified export holds all messages, those without a code as context.
        """
        own = (
            select(messages.c.session_id, sessions.c.study_id)
            .join(sessions, sessions.c.id == messages.c.session_id)
            .where(messages.c.id == message_id)
            .subquery()
        )
        query = (
            select(exports, sessions.c.name.label("session"))
            .join(own, own.c.study_id == exports.c.study_id)
            .outerjoin(sessions, sessions.c.id == exports.c.session_id)
            .where(
                exports.c.last_message >= message_id,
                or_(exports.c.session_id.is_(None), exports.c.session_id == own.c.session_id),
            )
            .order_by(exports.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(
                ExportRow(r.id, r.session, r.at, r.form, r.file, r.sha256, r.verified)
                for r in await connection.execute(query)
            )

    async def reach(self) -> Reach:
        """Return how far the log goes now: never less than what was read of it before."""
        last_message, last_coding = func.max(messages.c.id), func.max(codings.c.id)
        async with self._connections.read() as connection:
            return Reach(
                await connection.scalar(select(last_message)) or 0,
                await connection.scalar(select(last_coding)) or 0,
            )

    async def record_key(self, study_id: int) -> bytes:
        """Return the secret under which a study's records are hashed, made when first asked for.

        It stays in the database: bundles and files hold the hashes alone.
        """
        known = await self.known_key(study_id)
        if known is None:
            known = await self._connections.write(_make_key, study_id)
        return known

    async def known_key(self, study_id: int) -> bytes | None:
        """Return the secret of `record_key`, None where nobody has asked for it yet."""
        async with self._connections.read() as connection:
            return await _known_key(connection, study_id)


async def _record(
    connection: AsyncConnection, items: Sequence[tuple[NewExport, datetime]]
) -> list[None]:
    for new, at in items:
        session_id = None
        if new.session is not None:
            named = (sessions.c.study_id == new.study_id) & (sessions.c.name == new.session)
            session_id = await connection.scalar(select(sessions.c.id).where(named))
        values = {
            "study_id": new.study_id,
            "session_id": session_id,
            "at": at,
            "form": new.form,
            "file": new.file,
            "sha256": new.sha256,
            "verified": new.verified,
            "last_message": new.reach.message,
            "last_coding": new.reach.coding,
        }
        await connection.execute(insert(exports).values(values))
    return [None] * len(items)


async def _known_key(connection: AsyncConnection, study_id: int) -> bytes | None:
    settings = await _settings(connection, study_id)
    return bytes.fromhex(settings[_KEY]) if _KEY in settings else None


async def _make_key(connection: AsyncConnection, items: Sequence[int]) -> list[bytes]:
    made = []
    for study_id in items:
        known = await _known_key(connection, study_id)
        if known is None:
            known = secrets.token_bytes(32)
            changed = {**await _settings(connection, study_id), _KEY: known.hex()}
            own = studies.c.id == study_id
            await connection.execute(update(studies).where(own).values(settings=changed))
        made.append(known)
    return made


async def _settings(connection: AsyncConnection, study_id: int) -> dict[str, Any]:
    query = select(studies.c.settings).where(studies.c.id == study_id)
    return dict((await connection.execute(query)).scalar_one() or {})

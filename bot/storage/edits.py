"""Edits and deletions: kept as events; the message shows its present text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.moving import reopen, reopen_after
from bot.storage.rows import Change, Edited, StoredMessage
from bot.storage.selecting import select_messages, to_stored
from bot.storage.tables import message_events, messages, threads


@dataclass(frozen=True, slots=True)
class _Change:
    """`text` is the new one; None: the message was deleted."""

    study_id: int
    thread_id: str
    external_id: str
    text: str | None
    at: datetime
    keep_text: bool = True


class Edits:
    """Writes what authors do to their messages afterwards."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def edited(
        self, study_id: int, thread_id: str, external_id: str, text: str, at: datetime
    ) -> asyncio.Future[Edited | None]:
        """Record a new text; gives the message, pending again at its next revision.

        Later messages whose coders saw the old text are pending again, too.

        Gives None, with nothing changed, if the text is the present one or the message is
        not known or deleted.
        """
        change = _Change(study_id, thread_id, external_id, text, at)
        return self._connections.submit(_apply, change)

    def deleted(
        self,
        study_id: int,
        thread_id: str,
        external_id: str,
        at: datetime,
        *,
        keep_text: bool = True,
    ) -> asyncio.Future[Edited | None]:
        """Record a deletion; the message keeps its place, and its codings.

        Without `keep_text` its words are removed here and from its earlier events, and later
        messages whose coders saw them are pending again. Gives None, with nothing changed, if
        the message is not known or deleted already.
        """
        change = _Change(study_id, thread_id, external_id, None, at, keep_text)
        return self._connections.submit(_apply, change)

    async def of_message(self, message_id: int) -> tuple[Change, ...]:
        """Return what was done to a message (its row), in order."""
        query = (
            select(
                message_events.c.kind,
                message_events.c.at,
                message_events.c.revision,
                message_events.c.text_before,
                message_events.c.text_after,
            )
            .where(message_events.c.message_id == message_id)
            .order_by(message_events.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(Change(*row) for row in await connection.execute(query))


async def _apply(connection: AsyncConnection, items: Sequence[_Change]) -> list[Edited | None]:
    return [await _apply_one(connection, item) for item in items]


async def _apply_one(connection: AsyncConnection, change: _Change) -> Edited | None:
    query = select_messages().where(
        threads.c.study_id == change.study_id,
        threads.c.external_id == change.thread_id,
        messages.c.external_id == change.external_id,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None or row.deleted_at is not None or row.text == change.text:
        return None
    before = to_stored(row)
    if change.text is None:
        return await _delete(connection, before, change)
    message = replace(before.message, text=change.text, revision=before.message.revision + 1)
    await _set(connection, before.id, text=message.text, revision=message.revision)
    await _event(
        connection, before, "edited", change.at, message.revision, before.message.text, change.text
    )
    await reopen(connection, before.session_id, before.id)
    return Edited(replace(before, message=message), await reopen_after(connection, before))


async def _delete(connection: AsyncConnection, before: StoredMessage, change: _Change) -> Edited:
    message = before.message
    text = message.text if change.keep_text else ""
    if not change.keep_text:
        own = message_events.c.message_id == before.id
        forget = {"text_before": None, "text_after": None}
        await connection.execute(update(message_events).where(own).values(forget))
    await _set(connection, before.id, text=text, deleted_at=change.at)
    kept = message.text if change.keep_text else None
    await _event(connection, before, "deleted", change.at, message.revision, kept, None)
    reopened = 0 if text == message.text else await reopen_after(connection, before)
    after = replace(before, message=replace(message, text=text), deleted_at=change.at)
    return Edited(after, reopened)


async def _set(connection: AsyncConnection, message_id: int, **values: object) -> None:
    await connection.execute(update(messages).where(messages.c.id == message_id).values(values))


async def _event(
    connection: AsyncConnection,
    message: StoredMessage,
    kind: str,
    at: datetime,
    revision: int,
    before: str | None,
    after: str | None,
) -> None:
    values = {
        "message_id": message.id,
        "kind": kind,
        "at": at,
        "revision": revision,
        "text_before": before,
        "text_after": after,
    }
    await connection.execute(insert(message_events).values(values))

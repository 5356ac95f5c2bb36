"""Who gave which code: the bare decisions of a study, without a word that was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, func, select

from bot.domain.coding import CoderKind, Coding
from bot.storage.connections import Connections
from bot.storage.pins import pinned
from bot.storage.selecting import bare_coding, coded_blind
from bot.storage.tables import coders, codings, messages, sessions, threads

_TOGETHER = 2_000  # rows read at a time: the event loop goes on in between


@dataclass(frozen=True, slots=True)
class RatedMessage:
    """A coded message: where it stands, and its codings in the order they were given.

    `session` is the session's row, and `sent_at` when the message was written, if known.
    `place` puts messages in order by thread (as threads first appeared), in each by sequence.
    `deleted` tells whether its author has deleted it.
    """

    message_id: str
    thread_id: str
    session: int
    sent_at: datetime | None
    place: tuple[int, int]
    codings: tuple[Coding, ...]
    deleted: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A person's decision, and the model's last code on the same text, None without any.

    `row` is the decision's: rows rise in the order in which decisions were given.
    """

    row: int
    thread_id: str
    given: Coding
    model: str | None


class RatingRows:
    """Reads decisions for measures of agreement."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def stream(
        self, study_id: int, session: str | None = None
    ) -> AsyncGenerator[RatedMessage, None]:
        """Yield every coded message of a study, or of one session, in the order of their rows.

        All from one snapshot, a bounded number of rows at a time. Of a coding only coder, kind,
        code, act, time, revision and what was seen are read. Close the iterator (`aclosing`) if
        you stop early.
        """
        query = (
            _codings()
            .where(sessions.c.study_id == study_id)
            .order_by(codings.c.message_id, codings.c.id)
            .execution_options(yield_per=_TOGETHER)
        )
        if session is not None:
            query = query.where(sessions.c.name == session)
        async with self._connections.read() as connection:
            held: list[Row[Any]] = []
            result = await connection.stream(query)
            async for rows in result.partitions():
                held.extend(rows)
                # The last message of a part may go on in the next one.
                last = held[-1].message_id
                whole = [row for row in held if row.message_id != last]
                for found in _messages(whole):
                    yield found
                held = held[len(whole) :]
            for found in _messages(held):
                yield found

    async def beside_model(
        self, session_id: int, model: int, wanted: Callable[[str, str], bool]
    ) -> tuple[tuple[Beside, ...], ...]:
        """Return what people decided in a session (its row), message by message, in order.

        Only of messages that are `wanted` (asked for thread and message id) and that somebody
        coded without having been shown any code. Beside each decision stands the last code of
        `model` (the row of the coder that serves; an earlier one, where the discussion is pinned
        to it) on the revision that the person coded. One query, from the indices of messages
        and codings.
        """
        own = codings.alias("own")
        last = (
            select(own.c.code)
            .where(
                own.c.message_id == codings.c.message_id,
                own.c.coder_id == func.coalesce(pinned(messages.c.discussion_id), model),
                own.c.revision == codings.c.revision,
            )
            .order_by(own.c.id.desc())
            .limit(1)
            .correlate(codings, messages)
            .scalar_subquery()
        )
        query = (
            _codings()
            .add_columns(last.label("model"))
            .where(
                messages.c.session_id == session_id,
                coders.c.kind == str(CoderKind.HUMAN),
                coded_blind(),
            )
            .order_by(codings.c.message_id, codings.c.id)
            .execution_options(yield_per=_TOGETHER)
        )
        async with self._connections.read() as connection:
            rows = [row async for row in await connection.stream(query)]
        return await asyncio.to_thread(_beside, rows, wanted)


def _codings() -> Select[Any]:
    return (
        select(
            codings.c.id,
            codings.c.message_id,
            codings.c.code,
            codings.c.act,
            codings.c.at,
            codings.c.revision,
            codings.c.seen,
            coders.c.name,
            coders.c.kind,
            messages.c.external_id,
            messages.c.session_id,
            messages.c.sent_at,
            messages.c.order_key,
            messages.c.deleted_at,
            threads.c.id.label("thread_row"),
            threads.c.external_id.label("thread_key"),
        )
        .join(coders, coders.c.id == codings.c.coder_id)
        .join(messages, messages.c.id == codings.c.message_id)
        .join(threads, threads.c.id == messages.c.thread_id)
        .join(sessions, sessions.c.id == messages.c.session_id)
    )


def _beside(
    rows: Iterable[Row[Any]], wanted: Callable[[str, str], bool]
) -> tuple[tuple[Beside, ...], ...]:
    found = []
    for _, given in groupby(rows, key=lambda row: row.message_id):
        its = list(given)
        if wanted(its[0].thread_key, its[0].external_id):
            found.append(tuple(Beside(r.id, r.thread_key, bare_coding(r), r.model) for r in its))
    return tuple(found)


def _messages(rows: Iterable[Row[Any]]) -> Iterable[RatedMessage]:
    for _, given in groupby(rows, key=lambda row: row.message_id):
        own = list(given)
        first = own[0]
        yield RatedMessage(
            first.external_id,
            first.thread_key,
            first.session_id,
            first.sent_at,
            (first.thread_row, first.order_key),
            tuple(bare_coding(row) for row in own),
            first.deleted_at is not None,
        )

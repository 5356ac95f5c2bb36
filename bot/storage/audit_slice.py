"""The audit slice as a judge of one model coder: what it and people gave, by group."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, func, select

from bot.domain.coding import Act, CoderKind, Seen, standing
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.selecting import bare_coding, coded_blind
from bot.storage.tables import coders, codings, messages, threads

_TOGETHER = 2_000  # rows read at a time: the event loop goes on in between


class Audited(NamedTuple):
    """A message: its group, the model's code and confidence, the first person's code."""

    thread_id: str
    code: str
    confidence: float
    person: str


class AuditSlice:
    """Reads the audit slice of a study."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def of(self, study_id: int, coder_id: int) -> tuple[Audited, ...]:
        """Return the audit slice of the groups that cannot have taught a model coder (its row).

        Those are the groups in which it coded before any person had decided on anything. A
        message's person is the first who coded it without having seen any code, and has not
        taken it back; the model's code is its last on the same text.
        """
        async with self._connections.read() as connection:
            sampling = await read_sampling(connection, study_id)
            free = set((await connection.execute(_untaught(study_id, coder_id))).scalars())
            stream = await connection.stream(_decisions(study_id, coder_id))
            rows = [row async for row in stream if row.thread_id in free]
        found: list[Audited] = []
        for n, (_, given) in enumerate(groupby(rows, key=lambda row: row.message_id)):
            if n % _TOGETHER == 0:
                await asyncio.sleep(0)
            its = list(given)
            if sampling.audited(its[0].thread_key, its[0].external_id):
                found += _first_blind(its)
        return tuple(found)


def _untaught(study_id: int, coder_id: int) -> Select[tuple[int]]:
    own = func.min(case((codings.c.coder_id == coder_id, codings.c.id)))
    people = func.min(case((coders.c.kind == str(CoderKind.HUMAN), codings.c.id)))
    return (
        select(messages.c.thread_id)
        .select_from(codings)
        .join(messages, messages.c.id == codings.c.message_id)
        .join(coders, coders.c.id == codings.c.coder_id)
        .where(coders.c.study_id == study_id)
        .group_by(messages.c.thread_id)
        .having(own < people)
    )


def _decisions(study_id: int, coder_id: int) -> Select[Any]:
    """Select people's decisions on messages that somebody coded blind, the model's beside them."""
    own, older = codings.alias("own"), codings.alias("older")
    last = (
        select(func.max(older.c.id))
        .where(
            older.c.message_id == codings.c.message_id,
            older.c.coder_id == coder_id,
            older.c.revision == codings.c.revision,
        )
        .correlate(codings)
        .scalar_subquery()
    )
    return (
        select(
            codings.c.message_id,
            codings.c.code,
            codings.c.act,
            codings.c.at,
            codings.c.revision,
            codings.c.seen,
            coders.c.name,
            coders.c.kind,
            messages.c.thread_id,
            messages.c.external_id,
            threads.c.external_id.label("thread_key"),
            own.c.code.label("model"),
            own.c.confidence,
        )
        .join(coders, coders.c.id == codings.c.coder_id)
        .join(messages, messages.c.id == codings.c.message_id)
        .join(threads, threads.c.id == messages.c.thread_id)
        .outerjoin(own, own.c.id == last)
        .where(
            threads.c.study_id == study_id,
            coders.c.kind == str(CoderKind.HUMAN),
            messages.c.deleted_at.is_(None),
            coded_blind(),
        )
        .order_by(codings.c.message_id, codings.c.id)
        .execution_options(yield_per=_TOGETHER)
    )


def _first_blind(rows: Sequence[Row[Any]]) -> list[Audited]:
    """Return what counts of one message's decisions, in the order they were given: one, or none."""
    given = [bare_coding(row) for row in rows]
    stands = {id(coding) for coding in standing(given)}
    for row, coding in zip(rows, given, strict=True):
        blind = coding.seen is Seen.NOTHING and coding.act is not Act.ADJUDICATED
        if blind and id(coding) in stands and row.confidence is not None:
            return [Audited(row.thread_key, row.model, row.confidence, coding.code)]
    return []

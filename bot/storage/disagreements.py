"""What people may have to settle: units of analysis with what everybody decided on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, Row, Select, and_, case, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.assignment import Sampling
from bot.domain.coding import Act, CoderKind, Coding, standing, together
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.contested import Contested, Opened
from bot.storage.live_tables import notes
from bot.storage.marks import select_marks, to_mark
from bot.storage.notes import select_notes, to_note
from bot.storage.review_tables import marks, unit_links
from bot.storage.rows import Mark, Note
from bot.storage.selecting import select_codings, select_messages, to_coding, to_stored
from bot.storage.tables import coders, codings, messages, sessions, threads
from bot.storage.unit_members import joined, of_study


class Disagreements:
    """Reads what people decided on messages together."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def contested(self, study_id: int) -> tuple[Contested, ...]:
        """Return every unit of a study that people may have to settle, in order of arrival.

        Those are among them on which people's codes differ, and those of which somebody was
        unsure; whether a unit is one of them is for the rule to say. What was deleted is none.
        """
        async with self._connections.read() as connection:
            sampling = await read_sampling(connection, study_id)
            together = await joined(connection, of_study(study_id))
            people = coders.c.kind == str(CoderKind.HUMAN)
            read = await _read(connection, messages.c.id.in_(_disputed(study_id)), people)
            # Thousands take a moment, in which the live bot has other things to do.
            return await asyncio.to_thread(_contested, read, together, sampling)

    async def of(self, study_id: int, row: int) -> Opened | None:
        """Return the unit of a message (its row) with everything; None if it is not the study's."""
        async with self._connections.read() as connection:
            sampling = await read_sampling(connection, study_id)
            own = and_(messages.c.id == row, threads.c.study_id == study_id)
            message = (await connection.execute(select_messages().where(own))).one_or_none()
            if message is None:
                return None
            here = messages.c.discussion_id == message.discussion_id
            together = await joined(connection, here)
            rows = next((unit for unit in together if row in unit), (row,))
            (opened,) = await _opened(connection, messages.c.id.in_(rows), (rows,), sampling)
            return opened

    async def of_discussion(self, study_id: int, discussion: int) -> tuple[Opened, ...]:
        """Return every unit of a discussion (its row) with everything; none of another study."""
        async with self._connections.read() as connection:
            sampling = await read_sampling(connection, study_id)
            here = and_(messages.c.discussion_id == discussion, of_study(study_id))
            return await _opened(connection, here, await joined(connection, here), sampling)


@dataclass(frozen=True, slots=True)
class _Place:
    """A message with what was decided on it, as far as the rules of assignment need it."""

    row: int
    session: str
    thread_id: str
    message_id: str
    deleted: bool
    revision: int
    codings: list[Coding] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, row: Row[Any]) -> _Place:
        deleted = row.deleted_at is not None
        return cls(
            row.id, row.session, row.thread, row.external_id, deleted=deleted, revision=row.revision
        )


class _Read(NamedTuple):
    """Messages, with the codings and marks on them, as the database gives them."""

    places: Result[Any]
    codings: Result[Any]
    marks: Result[Any]


async def _read(
    connection: AsyncConnection, here: ColumnElement[bool], *whose: ColumnElement[bool]
) -> _Read:
    """Read the messages that `here` selects, with their codings (of those coders) and marks."""
    decided = select_codings().where(here, *whose).order_by(codings.c.id)
    return _Read(
        await connection.execute(_places(here)),
        await connection.execute(decided),
        await connection.execute(select_marks().where(here)),
    )


def _placed(read: _Read) -> dict[int, _Place]:
    """Return messages with what was decided on them, by their rows."""
    places = {row.id: _Place.of(row) for row in read.places}
    for row in read.codings:
        places[row.message_id].codings.append(to_coding(row))
    for row in read.marks:
        places[row.message_id].marks.append(to_mark(row))
    return places


async def _opened(
    connection: AsyncConnection,
    here: ColumnElement[bool],
    together: Sequence[tuple[int, ...]],
    sampling: Sampling,
) -> tuple[Opened, ...]:
    """Read the units of the messages of one discussion that `here` selects, with everything."""
    places = _placed(await _read(connection, here))
    said = {r.id: to_stored(r) for r in await connection.execute(select_messages().where(here))}
    units = _units(places, together)
    unit_of = {places[row].message_id: unit for unit in units for row in unit}
    noted: dict[tuple[int, ...], list[Note]] = {unit: [] for unit in units}
    for row in await connection.execute(select_notes().where(here).order_by(notes.c.id)):
        noted[unit_of[row.external_id]].append(to_note(row))
    return tuple(
        Opened(
            _unit([places[row] for row in unit], sampling),
            tuple(said[row] for row in unit),
            tuple(noted[unit]),
        )
        for unit in units
    )


def _units(
    places: Mapping[int, _Place], together: Sequence[tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """Return all units: those of several messages, and the messages that are one by themselves."""
    joined_rows = {row for unit in together for row in unit}
    return (*together, *((row,) for row in places if row not in joined_rows))


def _contested(
    read: _Read, together: Sequence[tuple[int, ...]], sampling: Sampling
) -> tuple[Contested, ...]:
    places = _placed(read)
    found = (_unit([places[r] for r in unit], sampling) for unit in _units(places, together))
    return tuple(sorted((u for u in found if not u.deleted), key=lambda unit: unit.row))


def _unit(places: Sequence[_Place], sampling: Sampling) -> Contested:
    here = [p for p in places if not p.deleted]
    assigned: set[str] = set()
    for p in places:
        assigned |= sampling.assigned(p.session, p.thread_id, p.message_id) or frozenset()
    blind = {
        coder
        for coder in assigned
        for p in places
        if sampling.blind(coder, p.session, p.thread_id, p.message_id)
    }
    decided = together(p.codings for p in places)
    stands, present = standing(decided), {(p.message_id, p.revision) for p in places}
    return Contested(
        row=(here or places)[-1].row,
        rows=tuple(p.row for p in places),
        deleted=not here,
        assigned=frozenset(assigned) or None,
        blind=frozenset(blind),
        coded=frozenset(c.coder for c in stands if (c.message_id, c.revision) in present),
        codings=decided,
        marks=tuple(sorted((m for p in places for m in p.marks), key=lambda m: m.id)),
    )


def _places(where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            messages.c.id,
            messages.c.external_id,
            messages.c.deleted_at,
            messages.c.revision,
            threads.c.external_id.label("thread"),
            sessions.c.name.label("session"),
        )
        .join(threads, threads.c.id == messages.c.thread_id)
        .join(sessions, sessions.c.id == messages.c.session_id)
        .where(where)
    )


def _disputed(study_id: int) -> Select[Any]:
    """Return the selection of messages on which people's codes differ, or that are in question.

    A message that was reviewed, and of which nothing was taken back, is settled whatever its
    codes are, and left out; those that people joined to others are all in.
    """
    own = coders.c.study_id == study_id
    reviewed = codings.c.act.in_([Act.ADJUDICATED, Act.CORRECTED, Act.CONFIRMED])
    settled = func.sum(case((reviewed, 1), else_=0))
    taken_back = func.sum(case((codings.c.act == str(Act.WITHDRAWN), 1), else_=0))
    differing = (
        select(codings.c.message_id)
        .join(coders, coders.c.id == codings.c.coder_id)
        .where(own, coders.c.kind == str(CoderKind.HUMAN))
        .group_by(codings.c.message_id)
        .having(func.count(codings.c.code.distinct()) > 1, or_(settled == 0, taken_back > 0))
    )
    unsure = (
        select(marks.c.message_id)
        .join(coders, coders.c.id == marks.c.coder_id)
        .where(own, marks.c.kind == "unsure")
    )
    joins = [
        select(column)
        .join(coders, coders.c.id == unit_links.c.coder_id)
        .where(own, unit_links.c.joined)
        for column in (unit_links.c.message_id, unit_links.c.previous_id)
    ]
    return select(union(differing, unsure, *joins).subquery().c.message_id)

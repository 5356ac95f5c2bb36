"""What people may have to settle: units of analysis with what everybody decided on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.assignment import Sampling
from bot.domain.coding import Act, CoderKind, Coding, standing
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.contested import Contested, Opened
from bot.storage.live_tables import notes
from bot.storage.marks import select_marks, to_mark
from bot.storage.notes import select_notes, to_note
from bot.storage.review_tables import marks, unit_links
from bot.storage.rows import Mark
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
            rows = await connection.execute(_places(messages.c.id.in_(_disputed(study_id))))
            places = {row.id: _Place.of(row) for row in rows}
            together = await joined(connection, of_study(study_id))
            people = coders.c.kind == str(CoderKind.HUMAN)
            await _fill(places, connection, messages.c.id.in_(_disputed(study_id)), people)
        alone = ((row,) for row in places.keys() - {r for unit in together for r in unit})
        found = (_unit([places[r] for r in unit], sampling) for unit in (*together, *alone))
        return tuple(sorted((u for u in found if not u.deleted), key=lambda unit: unit.row))

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
            here = messages.c.id.in_(rows)
            places = {p.id: _Place.of(p) for p in await connection.execute(_places(here))}
            await _fill(places, connection, here)
            noted = await connection.execute(select_notes().where(here).order_by(notes.c.id))
            said = {
                r.id: to_stored(r) for r in await connection.execute(select_messages().where(here))
            }
            return Opened(
                _unit([places[r] for r in rows], sampling),
                tuple(said[r] for r in rows),
                tuple(to_note(n) for n in noted),
            )


@dataclass(frozen=True, slots=True)
class _Place:
    """A message with what was decided on it, as far as the rules of assignment need it."""

    row: int
    session: str
    thread_id: str
    message_id: str
    deleted: bool
    revision: int
    codings: list[tuple[int, Coding]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, row: Row[Any]) -> _Place:
        deleted = row.deleted_at is not None
        return cls(
            row.id, row.session, row.thread, row.external_id, deleted=deleted, revision=row.revision
        )


async def _fill(
    places: Mapping[int, _Place],
    connection: AsyncConnection,
    here: ColumnElement[bool],
    *whose: ColumnElement[bool],
) -> None:
    """Add the codings (of those coders) and the marks on the messages that `here` selects."""
    for row in await connection.execute(select_codings().where(here, *whose)):
        places[row.message_id].codings.append((row.id, to_coding(row)))
    for row in await connection.execute(select_marks().where(here)):
        places[row.message_id].marks.append(to_mark(row))


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
    given = sorted((each for p in places for each in p.codings), key=lambda each: each[0])
    decided = tuple(coding for _, coding in given)
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

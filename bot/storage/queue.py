"""What the review queue reads: places, decisions and marks of a whole study, without its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.assignment import Sampling
from bot.domain.coding import Act, CoderKind
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.marks import select_marks, to_mark
from bot.storage.review_tables import marks
from bot.storage.rows import Mark, StoredMessage
from bot.storage.selecting import select_messages, to_stored
from bot.storage.tables import coders, codings, discussions, messages, sessions, threads
from bot.storage.unit_members import joined, of_study

_TOGETHER = 1_000  # rows made into objects at a time: the event loop goes on in between


class Place(NamedTuple):
    """Where a message stands, and as what: its revision, and whether it was deleted."""

    row: int
    session_id: int
    revision: int
    deleted: bool


class Name(NamedTuple):
    """By what a message is drawn for samples: its thread's and its own id at their source."""

    row: int
    thread_id: str
    message_id: str


class ByModel(NamedTuple):
    """The decision of a model coder (its row) on a message (its row) as it was at a revision."""

    message: int
    revision: int
    confidence: float | None
    coder: int


class ByPerson(NamedTuple):
    """A person's decision with its row, and that of its message."""

    id: int
    message_id: int
    coder: str
    code: str
    act: Act
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark with the row of its message."""

    message: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Log:
    """What a study's log holds at one moment for who is to code next.

    `places` are all messages in the order of sessions, threads, discussions, sequence; `names`
    those of messages above the row asked for. `models` and `people` are the decisions above
    the row asked for, in the order they were given, and `last` is the last decision's row.
    `together` are the units of several messages as rows in order, `marks` those of people who
    were unsure or skipped, with what took them back; `sessions` are names by row.
    """

    sampling: Sampling
    sessions: dict[int, str]
    places: list[Place]
    names: list[Name]
    models: list[ByModel]
    people: list[ByPerson]
    last: int
    marks: list[Marked]
    together: tuple[tuple[int, ...], ...]


class QueueRows:
    """Reads what the review queue needs."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def log(self, study_id: int, *, named: int = 0, decided: int = 0) -> Log:
        """Return the study's log, all from one snapshot.

        Names are of messages above row `named`, decisions those above row `decided`: both are
        only ever appended, so whoever keeps what they were told need not ask again.
        """
        async with self._connections.read() as connection:
            last = int(await connection.scalar(select(func.max(codings.c.id))) or 0)
            own = select(sessions.c.id, sessions.c.name).where(sessions.c.study_id == study_id)
            return Log(
                sampling=await read_sampling(connection, study_id),
                sessions={row.id: row.name for row in await connection.execute(own)},
                places=await _places(connection, study_id),
                names=await _names(connection, study_id, named),
                models=await _by_models(connection, study_id, decided),
                people=await _by_people(connection, study_id, decided),
                last=last,
                marks=await _marks(connection, study_id),
                together=await joined(connection, of_study(study_id)),
            )

    async def people(self, study_id: int) -> list[ByPerson]:
        """Return what people decided in a study, in the order they were given."""
        async with self._connections.read() as connection:
            return await _by_people(connection, study_id, 0)

    async def message(self, study_id: int, row: int) -> StoredMessage | None:
        """Return a message of the study by its row, or None."""
        query = select_messages().where(messages.c.id == row, threads.c.study_id == study_id)
        async with self._connections.read() as connection:
            found = (await connection.execute(query)).one_or_none()
        return None if found is None else to_stored(found)

    async def threads(self, study_id: int) -> tuple[str, ...]:
        """Return the ids of the study's threads."""
        query = select(threads.c.external_id).where(threads.c.study_id == study_id)
        async with self._connections.read() as connection:
            return tuple((await connection.execute(query.order_by(threads.c.id))).scalars())


async def _places(connection: AsyncConnection, study_id: int) -> list[Place]:
    query = (
        select(
            messages.c.id,
            messages.c.session_id,
            messages.c.revision,
            messages.c.deleted_at.is_not(None),
        )
        .join(discussions, discussions.c.id == messages.c.discussion_id)
        .where(of_study(study_id))
        .order_by(
            discussions.c.session_id,
            discussions.c.thread_id,
            discussions.c.start_key,
            messages.c.sequence,
        )
    )
    parts = (await connection.stream(query)).partitions(_TOGETHER)
    return [Place._make(row) async for part in parts for row in part]


async def _names(connection: AsyncConnection, study_id: int, after: int) -> list[Name]:
    query = (
        select(messages.c.id, threads.c.external_id, messages.c.external_id)
        .join(threads, threads.c.id == messages.c.thread_id)
        .where(threads.c.study_id == study_id, messages.c.id > after)
        .execution_options(yield_per=_TOGETHER)
    )
    return [Name._make(row) async for row in await connection.stream(query)]


async def _by_models(connection: AsyncConnection, study_id: int, after: int) -> list[ByModel]:
    models = select(coders.c.id).where(
        coders.c.study_id == study_id, coders.c.kind == str(CoderKind.MODEL)
    )
    query = (
        select(codings.c.message_id, codings.c.revision, codings.c.confidence, codings.c.coder_id)
        .where(codings.c.id > after, codings.c.coder_id.in_(models))
        .order_by(codings.c.id)
        .execution_options(yield_per=_TOGETHER)
    )
    return [ByModel._make(row) async for row in await connection.stream(query)]


async def _by_people(connection: AsyncConnection, study_id: int, after: int) -> list[ByPerson]:
    query = (
        select(
            codings.c.id,
            codings.c.message_id,
            coders.c.name,
            codings.c.code,
            codings.c.act,
            codings.c.revision,
            codings.c.at,
        )
        .join(coders, coders.c.id == codings.c.coder_id)
        .where(
            codings.c.id > after,
            coders.c.study_id == study_id,
            coders.c.kind == str(CoderKind.HUMAN),
        )
        .order_by(codings.c.id)
        .execution_options(yield_per=_TOGETHER)
    )
    return [
        ByPerson(id_, message, coder, code, Act(act), revision, at)
        async for id_, message, coder, code, act, revision, at in await connection.stream(query)
    ]


async def _marks(connection: AsyncConnection, study_id: int) -> list[Marked]:
    people: Sequence[int] = (
        (await connection.execute(select(coders.c.id).where(coders.c.study_id == study_id)))
        .scalars()
        .all()
    )
    query = (
        select_marks()
        .where(marks.c.coder_id.in_(people), marks.c.kind.in_(("unsure", "skipped", "undone")))
        .order_by(marks.c.id)
    )
    return [Marked(row.message_id, to_mark(row)) for row in await connection.execute(query)]

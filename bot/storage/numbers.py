"""What a session comes to: counted by the database, from indices, without reading a text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import Act, CoderKind, Coding
from bot.storage.connections import Connections
from bot.storage.pins import pinned
from bot.storage.selecting import select_codings, to_coding
from bot.storage.tables import coders, codings, messages, threads
from bot.storage.unit_members import joined

_NOBODY = 0  # no row has this id
_TOGETHER = 100  # rows made into codings at a time: the event loop goes on in between


@dataclass(frozen=True, slots=True)
class Tally:
    """The messages of one discussion.

    `coded` of them have the coder's code as they now stand, `waiting` are still to be coded;
    what was deleted before it was coded is neither.
    """

    messages: int
    coded: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A code that the coder was not sure of, on a message that no person has decided on."""

    thread_id: str
    message_id: str
    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What a session held at one moment.

    `tallies` are by discussion row, `codes` how often the coders gave each code; `reviewed`
    are the messages on which a decision of people stands.
    """

    tallies: Mapping[int, Tally]
    codes: Counter[str]
    reviewed: tuple[Reviewed, ...]
    uncertain: tuple[Uncertain, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A message on which a decision of people stands, with all its codings in order.

    `thread_id` and `message_id` are as their source gave them. `present` is its coder's code on
    it as it now stands, None while it waits; `last` that coder's last code, whatever it was on.
    """

    codings: tuple[Coding, ...]
    present: str | None
    thread_id: str
    message_id: str
    last: str | None


class SessionCounts:
    """Counts what is in a session.

    `coder_id` is the row of the model that serves there, None: nothing does. A discussion that
    was begun under another one counts by that one's codes.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def of(
        self,
        session_id: int,
        coder_id: int | None,
        uncertain: int = 0,
        may_show: Callable[[str, str], bool] = lambda _thread, _message: True,
    ) -> Counted:
        """Return a session's counts, with up to `uncertain` of its least certain codes.

        Those are of messages that `may_show`, asked with the ids of thread and message, lets be
        shown, and that are a unit of analysis by themselves: of a thought in several messages
        one may have to be coded blind, and then all are.
        All from one snapshot; the cost grows with the session, not with the database.
        """
        coder = _NOBODY if coder_id is None else coder_id
        async with self._connections.read() as connection:
            tallies, codes = await _tallies(connection, session_id, coder)
            reviewed = await _reviewed(connection, session_id, coder)
            unsure = await _uncertain(connection, session_id, coder, uncertain, may_show)
        return Counted(tallies, codes, reviewed, unsure)


async def _tallies(
    connection: AsyncConnection, session_id: int, coder: int
) -> tuple[dict[int, Tally], Counter[str]]:
    left = and_(
        codings.c.id.is_(None), messages.c.deleted_at.is_(None), _coder_of(coder) != _NOBODY
    )
    query = (
        select(
            messages.c.discussion_id,
            codings.c.code,
            func.count(),
            func.sum(case((left, 1), else_=0)),
        )
        .select_from(messages.outerjoin(codings, _present(coder)))
        .where(messages.c.session_id == session_id)
        .group_by(messages.c.discussion_id, codings.c.code)
    )
    held: Counter[int] = Counter()
    coded: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    for discussion, code, count, uncoded in await connection.execute(query):
        held[discussion] += count
        waiting[discussion] += int(uncoded)
        if code is not None:
            coded[discussion] += count
            codes[code] += count
    return {d: Tally(n, coded[d], waiting[d]) for d, n in held.items()}, codes


async def _reviewed(
    connection: AsyncConnection, session_id: int, coder: int
) -> tuple[Reviewed, ...]:
    query = (
        select_codings()
        .add_columns(
            _present(coder).label("present"),
            (codings.c.coder_id == _coder_of(coder)).label("own"),
            threads.c.external_id.label("thread_key"),
        )
        .join(threads, threads.c.id == messages.c.thread_id)
        .where(messages.c.session_id == session_id, _decided(coder))
        .order_by(codings.c.message_id, codings.c.id)
        .execution_options(yield_per=_TOGETHER)
    )
    given: dict[int, list[Coding]] = defaultdict(list)
    present: dict[int, str] = {}
    last: dict[int, str] = {}
    thread: dict[int, str] = {}
    async for row in await connection.stream(query):
        given[row.message_id].append(to_coding(row))
        thread[row.message_id] = row.thread_key
        if row.present:
            present[row.message_id] = row.code
        if row.own:
            last[row.message_id] = row.code
    return tuple(
        Reviewed(tuple(all_), present.get(m), thread[m], all_[0].message_id, last.get(m))
        for m, all_ in given.items()
    )


async def _uncertain(
    connection: AsyncConnection,
    session_id: int,
    coder: int,
    limit: int,
    may_show: Callable[[str, str], bool],
) -> tuple[Uncertain, ...]:
    if not limit or coder == _NOBODY:
        return ()
    units = await joined(connection, messages.c.session_id == session_id)
    together = {row for unit in units for row in unit}
    query = (
        select(
            threads.c.external_id,
            messages.c.external_id,
            codings.c.code,
            codings.c.confidence,
            messages.c.id,
        )
        .select_from(messages)
        .join(codings, _present(coder))
        .join(threads, threads.c.id == messages.c.thread_id)
        .where(
            messages.c.session_id == session_id,
            messages.c.deleted_at.is_(None),
            codings.c.confidence.is_not(None),
            ~_decided(coder),
        )
        .order_by(codings.c.confidence, messages.c.id)
        .execution_options(yield_per=_TOGETHER)
    )
    found: list[Uncertain] = []
    rows = await connection.stream(query)
    async for row in rows:
        if row.id not in together and may_show(row[0], row[1]):
            found.append(Uncertain(*row[:4]))
        if len(found) == limit:
            break
    await rows.close()
    return tuple(found)


def _coder_of(coder: int) -> ColumnElement[int]:
    """Return whose a message is: `coder` is who serves, an earlier one has its pins."""
    return func.coalesce(pinned(messages.c.discussion_id), coder)


def _present(coder: int) -> ColumnElement[bool]:
    """Return whether a coding is the coder's of its message, as that now stands."""
    return and_(
        codings.c.message_id == messages.c.id,
        codings.c.coder_id == _coder_of(coder),
        codings.c.revision == messages.c.revision,
        codings.c.context == messages.c.context,
    )


def _decided(coder: int) -> ColumnElement[bool]:
    """Return whether a person's decision on the message stands.

    Each withdrawal takes one decision back, so one is left if there are more decisions. That a
    coding is not the model's own is told by the index alone, which spares most messages a look
    at any row.
    """
    own = codings.alias("own")
    taken_back = own.c.act == str(Act.WITHDRAWN)
    left = (
        select(func.coalesce(func.sum(case((taken_back, -1), else_=1)), 0))
        .join(coders, coders.c.id == own.c.coder_id)
        .where(
            own.c.message_id == messages.c.id,
            own.c.coder_id != _coder_of(coder),
            coders.c.kind == str(CoderKind.HUMAN),
        )
        .correlate(messages)
        .scalar_subquery()
    )
    return left > 0

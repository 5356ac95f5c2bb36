"""Which messages of the log are one unit of analysis together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.units import members, units
from bot.storage.review_tables import unit_links
from bot.storage.tables import messages, people, sessions
from bot.storage.unit_links import links_by_discussion


@dataclass(frozen=True, slots=True)
class _Spoken:
    row: int
    id: str
    speaker: str


def of_study(study_id: int) -> ColumnElement[bool]:
    """Return what selects the messages of a study."""
    return messages.c.session_id.in_(select(sessions.c.id).where(sessions.c.study_id == study_id))


async def joined(
    connection: AsyncConnection, where: ColumnElement[bool]
) -> tuple[tuple[int, ...], ...]:
    """Return the units of several messages, each as its messages' rows in order.

    `where` selects whole discussions' messages. No text is read, and nothing of discussions in
    which nobody joined anything.
    """
    links = await links_by_discussion(connection, where)
    if not links:
        return ()
    of_joined = (
        select(messages.c.discussion_id)
        .join(unit_links, unit_links.c.message_id == messages.c.id)
        .where(where, unit_links.c.joined)
    )
    query = (
        select(messages.c.id, messages.c.external_id, people.c.pseudonym, messages.c.discussion_id)
        .join(people, people.c.id == messages.c.person_id)
        .where(messages.c.discussion_id.in_(of_joined))
        .order_by(messages.c.discussion_id, messages.c.sequence)
    )
    spoken: dict[int, list[_Spoken]] = defaultdict(list)
    for row in await connection.execute(query):
        spoken[row.discussion_id].append(_Spoken(row.id, row.external_id, row.pseudonym))
    found: list[tuple[int, ...]] = []
    for discussion, said in spoken.items():
        row_of = {each.id: each.row for each in said}
        together = members(units(said, links[discussion])).values()
        found += [tuple(row_of[i] for i in ids) for ids in together if len(ids) > 1]
    return tuple(found)

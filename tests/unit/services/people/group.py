"""A group's talk at the table, and people who decide on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from table import START, Table

from bot.domain.assignment import Assignment
from bot.domain.coding import Act, Seen
from bot.domain.discussion import Scenario, Thread
from bot.services.ingest import Arrival
from bot.storage.rows import Coder, NewCoding, StoredMessage

CASE = Scenario("case", "Case", "Is it fair?")


async def said(
    table: Table,
    words: Sequence[str] = ("point 0", "point 1", "point 2", "point 3"),
    thread: str = "t1",
    speakers: str = "PQ",
) -> list[StoredMessage]:
    """Store what a group's two speakers say in turn (or as `speakers` tell), two seconds apart."""
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, Thread(thread, f"Group {thread}"), CASE, 0)
    found = []
    for n, text in enumerate(words):
        sent = START + timedelta(seconds=2 * n)
        who = speakers[n % len(speakers)]
        arrival = Arrival(thread, f"{thread}-{n}", 10 + n, who, text, sent)
        found.append((await table.ingest.receive(arrival)).stored)
    return found


async def person(table: Table, name: str) -> Coder:
    return await table.store.studies.human(table.study.id, name)


async def gives(
    table: Table,
    name: str,
    stored: StoredMessage,
    code: str,
    act: Act = Act.CODED,
    seen: Seen | None = Seen.NOTHING,
    note: str | None = None,
) -> None:
    """Have a person decide on a message as it was when it was stored."""
    coder = await person(table, name)
    await table.store.codings.append(
        [
            NewCoding(
                stored.id,
                coder.id,
                table.study.codebook_id,
                code,
                table.store.connections.clock(),
                stored.message.revision,
                stored.context,
                act,
                note=note,
                seen=seen,
            )
        ]
    )


async def marks(table: Table, name: str, stored: StoredMessage, kind, takes_back=None) -> None:
    coder = await person(table, name)
    await table.store.marks.add(stored.id, coder.id, kind, stored.message.revision, takes_back)


async def assigns(table: Table, *names: str, blind: bool = True) -> None:
    """Assign everything to people."""
    for name in names:
        coder = await person(table, name)
        await table.store.assignments.add(table.study.id, coder.id, Assignment(name, blind=blind))


async def joins(table: Table, name: str, *rows: StoredMessage, joined: bool = True) -> None:
    """Have a person join messages, each to the one before it."""
    coder = await person(table, name)
    for before, message in pairwise(rows):
        await table.store.unit_links.add(message.id, before.id, coder.id, joined=joined)

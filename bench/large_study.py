"""An invented study of any size in a database: a model codes everything, two people some of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.codebook import codebook_from_codes
from bot.storage.rows import Study
from bot.storage.store import Store
from bot.storage.studies import NewBundle
from bot.storage.tables import codings, discussions, messages, people, scenarios, sessions, threads

NAME = "bench"
THREAD = 200  # messages a thread: a long evening of a group
SESSION = 500  # threads a session
_SPEAKERS = 5
_CODED_BY_PEOPLE = 5  # every fifth message, by two people
_AT_ONCE = 50  # threads a transaction
_START = datetime(2026, 1, 1, tzinfo=UTC)
_BOOK = codebook_from_codes([f"C{n:02}" for n in range(16)], "bench")
_WORDS = ("i", "think", "the", "price", "ad", "is", "fair", "not", "really", "why", "ok", "lie")

Rows = list[tuple[Table, list[dict[str, Any]]]]


async def fill(url: str, count: int) -> None:
    """Fill a new database with `count` messages: a model codes all, two people some."""
    async with await Store.open(url) as store:
        study = await store.studies.open(NAME, _BOOK)
        bundle = NewBundle("a" * 64, "model", "thread", _BOOK, {})
        coders = [(await store.studies.model(study.id, bundle)).id]
        coders += [(await store.studies.human(study.id, name)).id for name in ("ann", "bob")]
        chance = random.Random(0)  # noqa: S311 - made-up comments need no secrecy
        text = "A shop changes its prices by the hour. Is that fair? " * 5
        scenario = {"id": 1, "study_id": study.id, "key": "s", "version": 1, "title": "s"}
        write = store.connections.write
        await write(_insert, [(scenarios, [scenario | {"text": text}])])
        for first in range(0, count // THREAD, _AT_ONCE):
            rows: Rows = []
            for thread in range(first, min(first + _AT_ONCE, count // THREAD)):
                rows += _thread(thread, study.id, study.codebook_id, coders, chance)
            await write(_insert, rows)


async def stored_study(store: Store) -> Study:
    """Return the study that `fill` made; raises LookupError for a database without it."""
    found = await store.studies.find(NAME)
    if found is None:
        raise LookupError(f"there is no study {NAME!r}: fill the database first")
    return found


def _thread(
    n: int, study: int, codebook: int, coders: Sequence[int], chance: random.Random
) -> Rows:
    """Return the rows of thread number `n`, from 0; ids follow from it."""
    rows: Rows = []
    session = n // SESSION + 1
    if n % SESSION == 0:
        started = {"id": session, "study_id": study, "name": f"session {session}"}
        rows.append((sessions, [started | {"started_at": _START}]))
    thread = {"id": n + 1, "study_id": study, "external_id": f"group-{n}", "name": f"Group {n}"}
    rows.append((threads, [thread]))
    talk = {"id": n + 1, "session_id": session, "thread_id": n + 1, "scenario_id": 1, "round": 1}
    rows.append((discussions, [talk | {"start_key": 0, "started_at": _START}]))
    speakers = range(n * _SPEAKERS + 1, (n + 1) * _SPEAKERS + 1)
    named = [
        {"id": i, "study_id": study, "thread_id": n + 1, "pseudonym": f"P{i % _SPEAKERS + 1}"}
        for i in speakers
    ]
    said, coded = [], []
    for place in range(1, THREAD + 1):
        row = n * THREAD + place
        at = _START + timedelta(seconds=row)
        said.append(
            {
                "id": row,
                "thread_id": n + 1,
                "session_id": session,
                "discussion_id": n + 1,
                "person_id": chance.choice(speakers),
                "external_id": f"bench/group-{n}/s/{place}",
                "order_key": place,
                "sequence": place,
                "sent_at": at,
                "stored_at": at,
                "text": " ".join(chance.choices(_WORDS, k=chance.randint(1, 15))),
                "revision": 1,
                "context": 0,
                "provenance": "import",
            }
        )
        by = coders if place % _CODED_BY_PEOPLE == 0 else coders[:1]
        for coder in by:
            coding = {"message_id": row, "coder_id": coder, "codebook_id": codebook, "at": at}
            coding |= {"code": f"C{chance.randint(0, 15):02}", "act": "coded", "revision": 1}
            coding |= {"confidence": chance.random() if coder == coders[0] else None}
            coded.append(coding | {"context": 0, "cut": False})
    return [*rows, (people, named), (messages, said), (codings, coded)]


async def _insert(connection: AsyncConnection, items: Sequence[Rows]) -> list[None]:
    for rows in items:
        for table, values in rows:
            await connection.execute(insert(table), values)
    return [None] * len(items)

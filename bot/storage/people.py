"""Who wrote a message: an account or a pseudonym from outside -> a person of the study."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.rows import Account
from bot.storage.tables import accounts, people

Author = tuple[int, Account | str]
"""The thread's row, and who wrote there."""
Person = tuple[int, str]
"""The person's row and pseudonym."""


async def resolve(
    connection: AsyncConnection, study_id: int, authors: Collection[Author]
) -> dict[Author, Person]:
    """Return the person behind each author, made if new.

    An account becomes P1, P2, ... in order of appearance in the study. A pseudonym stays
    as it is and stands for one person of its thread.
    """
    named = [(thread, who) for thread, who in authors if isinstance(who, str)]
    known = [(thread, who) for thread, who in authors if isinstance(who, Account)]
    found: dict[Author, Person] = {}
    if named:
        found |= await _pseudonyms(connection, study_id, named)
    if known:
        by_account = await _accounts(connection, study_id, list(dict.fromkeys(a for _, a in known)))
        found |= {(thread, account): by_account[account] for thread, account in known}
    return found


async def _pseudonyms(
    connection: AsyncConnection, study_id: int, named: list[tuple[int, str]]
) -> dict[Author, Person]:
    of_threads = people.c.thread_id.in_({thread for thread, _ in named})
    query = select(people.c.id, people.c.thread_id, people.c.pseudonym).where(of_threads)
    found: dict[Author, Person] = {
        (row.thread_id, row.pseudonym): (row.id, row.pseudonym)
        for row in await connection.execute(query)
    }
    for thread, pseudonym in dict.fromkeys(named):
        if (thread, pseudonym) not in found:
            person = await _add(connection, study_id, pseudonym, thread)
            found[thread, pseudonym] = (person, pseudonym)
    return found


async def _accounts(
    connection: AsyncConnection, study_id: int, wanted: list[Account]
) -> dict[Account, Person]:
    pairs = tuple_(accounts.c.platform, accounts.c.account_id)
    query = (
        select(accounts.c.platform, accounts.c.account_id, people.c.id, people.c.pseudonym)
        .join(people, people.c.id == accounts.c.person_id)
        .where(accounts.c.study_id == study_id, pairs.in_([(a.platform, a.id) for a in wanted]))
    )
    found: dict[Account, Person] = {
        Account(platform, account_id): (person, pseudonym)
        for platform, account_id, person, pseudonym in await connection.execute(query)
    }
    for account in wanted:
        if account not in found:
            pseudonym = await _next_pseudonym(connection, study_id)
            person = await _add(connection, study_id, pseudonym, None)
            values = {
                "study_id": study_id,
                "person_id": person,
                "platform": account.platform,
                "account_id": account.id,
            }
            await connection.execute(insert(accounts).values(values))
            found[account] = (person, pseudonym)
    return found


async def _next_pseudonym(connection: AsyncConnection, study_id: int) -> str:
    """Return the next P<number>; none is given twice, nor one that a file brought along."""
    given = (people.c.study_id == study_id) & people.c.thread_id.is_(None)
    number = 1 + int(
        await connection.scalar(select(func.count()).select_from(people).where(given)) or 0
    )
    while (
        await connection.scalar(
            select(people.c.id)
            .where(people.c.study_id == study_id, people.c.pseudonym == f"P{number}")
            .limit(1)
        )
        is not None
    ):
        number += 1
    return f"P{number}"


async def _add(
    connection: AsyncConnection, study_id: int, pseudonym: str, thread_id: int | None
) -> int:
    values = {"study_id": study_id, "thread_id": thread_id, "pseudonym": pseudonym}
    made = insert(people).values(values).returning(people.c.id)
    return int((await connection.execute(made)).scalar_one())

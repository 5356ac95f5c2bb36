"""Which coder of a study an account is: people who code have pseudonyms, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import CoderKind
from bot.storage.connections import Connections
from bot.storage.live_tables import coder_accounts
from bot.storage.rows import Account, Coder
from bot.storage.tables import coders


@dataclass(frozen=True, slots=True)
class _Wanted:
    study_id: int
    account: Account


class CoderAccounts:
    """Reads and writes the key from account to coder."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def coder(self, study_id: int, account: Account) -> Coder:
        """Return the person of the study whose account it is.

        A new one is called C1, C2, ...: the first of these names that no coder of the study has.
        """
        return await self._connections.write(_coders, _Wanted(study_id, account))


async def _coders(connection: AsyncConnection, items: Sequence[_Wanted]) -> list[Coder]:
    return [await _coder(connection, item) for item in items]


async def _coder(connection: AsyncConnection, item: _Wanted) -> Coder:
    account = item.account
    known = (
        select(coders.c.id, coders.c.name)
        .join(coder_accounts, coder_accounts.c.coder_id == coders.c.id)
        .where(
            coder_accounts.c.study_id == item.study_id,
            coder_accounts.c.platform == account.platform,
            coder_accounts.c.account_id == account.id,
        )
    )
    row = (await connection.execute(known)).one_or_none()
    if row is not None:
        return Coder(row.id, item.study_id, row.name, CoderKind.HUMAN)
    name = await _free_name(connection, item.study_id)
    person = {"study_id": item.study_id, "name": name, "kind": str(CoderKind.HUMAN)}
    made = insert(coders).values(person).returning(coders.c.id)
    coder = int((await connection.execute(made)).scalar_one())
    values = {
        "study_id": item.study_id,
        "coder_id": coder,
        "platform": account.platform,
        "account_id": account.id,
    }
    await connection.execute(insert(coder_accounts).values(values))
    return Coder(coder, item.study_id, name, CoderKind.HUMAN)


async def _free_name(connection: AsyncConnection, study_id: int) -> str:
    """Return the first C<number> that is free; a file may have brought such names along."""
    query = select(coders.c.name).where(coders.c.study_id == study_id)
    taken = set((await connection.execute(query)).scalars())
    number = 1
    while f"C{number}" in taken:
        number += 1
    return f"C{number}"

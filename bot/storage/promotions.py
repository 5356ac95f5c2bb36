"""Which bundle is to serve a study: decisions, appended. The last one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import InputError
from bot.storage.connections import Connections
from bot.storage.learning_tables import promotions
from bot.storage.tables import bundles


class PromotionAct(StrEnum):
    """How a bundle came to serve: chosen, put back by a person, put back by the bot.

    A refusal that names the bundle of the decision before it has found none to put back.
    """

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"


class OvertakenError(InputError):
    """Something else was decided about the study's coder meanwhile."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A bundle (its row, name and fingerprint) that serves a study from then on.

    `folder` is where it stands, `reason` a sentence for people; `retraining_id` is the row of
    the retraining that made it, if one did.
    """

    id: int
    study_id: int
    bundle_id: int
    name: str
    fingerprint: str
    folder: Path
    act: PromotionAct
    at: datetime
    retraining_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class _New:
    study_id: int
    bundle_id: int
    folder: Path
    act: PromotionAct
    at: datetime
    reason: str
    after: int | None
    retraining_id: int | None


class Promotions:
    """Reads and appends promotions."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def append(
        self,
        study_id: int,
        bundle_id: int,
        folder: Path,
        act: PromotionAct,
        reason: str,
        *,
        after: int | None,
        retraining_id: int | None = None,
    ) -> Promotion:
        """Let a bundle serve a study. services.promoting looks first whether it can.

        `after` is the last promotion (its row) that the decision knew of, None: there was none.
        Raises OvertakenError, with nothing written, if there has been another one since.
        """
        at = self._connections.clock()
        new = _New(study_id, bundle_id, folder, act, at, reason, after, retraining_id)
        return await self._connections.write(_append, new)

    async def serving(self, study_id: int) -> Promotion | None:
        """Return the last promotion of a study; None: the bundle of the settings serves."""
        async with self._connections.read() as connection:
            row = (await connection.execute(_last(study_id))).one_or_none()
        return None if row is None else _to_promotion(row)

    async def history(self, study_id: int) -> tuple[Promotion, ...]:
        """Return a study's promotions, oldest first."""
        query = _select().where(promotions.c.study_id == study_id).order_by(promotions.c.id)
        async with self._connections.read() as connection:
            return tuple(_to_promotion(row) for row in await connection.execute(query))


async def _append(connection: AsyncConnection, items: Sequence[_New]) -> list[Promotion]:
    return [await _append_one(connection, item) for item in items]


async def _append_one(connection: AsyncConnection, item: _New) -> Promotion:
    last = (await connection.execute(_last(item.study_id))).one_or_none()
    if (None if last is None else last.id) != item.after:
        raise OvertakenError(
            "another coder was promoted for this study a moment ago",
            "look at the history, and decide again",
        )
    values = {
        "study_id": item.study_id,
        "bundle_id": item.bundle_id,
        "folder": str(item.folder),
        "act": str(item.act),
        "at": item.at,
        "reason": item.reason,
        "retraining_id": item.retraining_id,
    }
    await connection.execute(insert(promotions).values(values))
    return _to_promotion((await connection.execute(_last(item.study_id))).one())


def _select() -> Select[Any]:
    joined = promotions.join(bundles, bundles.c.id == promotions.c.bundle_id)
    return select(promotions, bundles.c.name, bundles.c.fingerprint).select_from(joined)


def _last(study_id: int) -> Select[Any]:
    own = _select().where(promotions.c.study_id == study_id)
    return own.order_by(promotions.c.id.desc()).limit(1)


def _to_promotion(row: Row[Any]) -> Promotion:
    return Promotion(
        row.id,
        row.study_id,
        row.bundle_id,
        row.name,
        row.fingerprint,
        Path(row.folder),
        PromotionAct(row.act),
        row.at,
        row.retraining_id,
        row.reason,
    )

"""Bundles as the database knows them: for following what became of a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, select

from bot.storage.connections import Connections
from bot.storage.learning_tables import promotions, retrainings
from bot.storage.tables import bundles


@dataclass(frozen=True, slots=True)
class RegisteredBundle:
    """A bundle that coded or was tried here, and where its folder was last."""

    name: str
    fingerprint: str
    registered_at: datetime
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Tried:
    """A retraining from which a bundle came: its row, when it began, and what became of it."""

    id: int
    started_at: datetime
    state: str


class Lineages:
    """Reads where bundles came from."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def bundles(self) -> tuple[RegisteredBundle, ...]:
        """Return every bundle that was ever registered, oldest first."""
        last = (
            select(promotions.c.folder)
            .where(promotions.c.bundle_id == bundles.c.id)
            .order_by(promotions.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(
            bundles.c.name, bundles.c.fingerprint, bundles.c.registered_at, last.label("folder")
        ).order_by(bundles.c.id)
        async with self._connections.read() as connection:
            return tuple(
                RegisteredBundle(
                    r.name,
                    r.fingerprint,
                    r.registered_at,
                    None if r.folder is None else Path(r.folder),
                )
                for r in await connection.execute(query)
            )

    async def retrainings(self, fingerprint: str) -> tuple[Tried, ...]:
        """Return the retrainings that made the bundle with this fingerprint, oldest first.

        One that was not taken was no bundle of the database then: its decision names it.
        """
        judged = retrainings.c.decision["challenger"].as_string()
        query = (
            select(retrainings.c.id, retrainings.c.started_at, retrainings.c.state)
            .outerjoin(bundles, bundles.c.id == retrainings.c.challenger_id)
            .where(or_(bundles.c.fingerprint == fingerprint, judged == fingerprint))
            .order_by(retrainings.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(Tried(*row) for row in await connection.execute(query))

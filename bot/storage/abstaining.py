"""What a study's thresholds rest on, and how much lies below them: counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Float, and_, case, cast, func, null, select

from bot.domain.coding import Act, CoderKind
from bot.storage.assignments import read_sampling
from bot.storage.connections import Connections
from bot.storage.tables import bundles, coders, codings, messages


class Facts(NamedTuple):
    """What a threshold of a study is computed from, all from one snapshot.

    `target` is the study's target error, None without one. `held_out` is what each model coder
    (its row) brought along in its bundle's manifest; `decisions` counts what people decided.
    """

    target: float | None
    held_out: Mapping[int, tuple[str, ...]]
    decisions: int


class AbstainingRows:
    """Reads what decides which messages go to people."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def facts(self, study_id: int) -> Facts:
        """Return the study's target error, and what its model coders brought along."""
        held = select(coders.c.id, bundles.c.manifest["held_out"]).join(
            bundles, bundles.c.id == coders.c.bundle_id
        )
        people = (
            select(func.count())
            .select_from(codings.join(coders, coders.c.id == codings.c.coder_id))
            .where(coders.c.study_id == study_id, coders.c.kind == str(CoderKind.HUMAN))
        )
        async with self._connections.read() as connection:
            sampling = await read_sampling(connection, study_id)
            if sampling.target_error is None:
                return Facts(None, {}, 0)
            rows = await connection.execute(held.where(coders.c.study_id == study_id))
            return Facts(
                sampling.target_error,
                {row[0]: tuple(row[1] or ()) for row in rows},
                int(await connection.scalar(people) or 0),
            )

    async def waiting(self, session_id: int, below: Mapping[int, float]) -> int:
        """Return how many messages of a session (its row) wait for people.

        Those on which no decision of people stands and whose last model code has less
        confidence than `below` says for its coder (by row), or a coder that it does not name.
        """
        model = (
            select(func.max(codings.c.id))
            .join(coders, coders.c.id == codings.c.coder_id)
            .where(
                codings.c.message_id == messages.c.id,
                codings.c.revision == messages.c.revision,
                coders.c.kind == str(CoderKind.MODEL),
            )
            .correlate(messages)
            .scalar_subquery()
        )
        person = codings.alias("person")
        decided = (
            select(
                func.coalesce(func.sum(case((person.c.act == str(Act.WITHDRAWN), -1), else_=1)), 0)
            )
            .join(coders, coders.c.id == person.c.coder_id)
            .where(person.c.message_id == messages.c.id, coders.c.kind == str(CoderKind.HUMAN))
            .correlate(messages)
            .scalar_subquery()
        )
        limits = [(codings.c.coder_id == coder, limit) for coder, limit in below.items()]
        limit = case(*limits, else_=null()) if limits else null()
        under = func.coalesce(codings.c.confidence < cast(limit, Float), True)
        query = (
            select(func.count())
            .select_from(messages.join(codings, codings.c.id == model))
            .where(
                messages.c.session_id == session_id,
                and_(messages.c.deleted_at.is_(None), under, decided == 0),
            )
        )
        async with self._connections.read() as connection:
            return int(await connection.scalar(query) or 0)

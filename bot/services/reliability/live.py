"""How far model and people agree while a session runs: from the blind audit slice alone.

What people coded after they had seen the model's code says little about whether they would
have come to it; and what they chose to look at is no sample. The audit slice is drawn by
chance before anything is coded, and coded blind: agreement on it stands for all messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.coding import Act, Seen, standing
from bot.reliability.sequence import KappaSequence
from bot.storage.ratings import Beside
from bot.storage.rows import Coder, SessionRow, Study
from bot.storage.store import Store

_TOGETHER = 200  # messages taken in without a break: the event loop goes on in between

Pair = tuple[str, str, str]
"""The model's code, the person's, and the thread of a message that both coded."""


@dataclass(frozen=True, slots=True)
class LiveAgreement:
    """Agreement of model and people on the `n` messages of the audit slice that both coded.

    `percent` is a share from 0 to 1; it and `kappa` are None where they are undefined. `low`
    and `high` bound kappa at level 1 - `alpha` however often one looks.
    """

    n: int
    percent: float | None
    kappa: float | None
    low: float | None
    high: float | None
    alpha: float


class LiveAudit:
    """One session's agreement, for whoever looks again and again: a look costs what is new."""

    def __init__(self) -> None:
        self._taken: list[Pair] = []
        self._sequence = KappaSequence()

    async def look(
        self, store: Store, study: Study, session: SessionRow, coder: Coder
    ) -> LiveAgreement:
        """Return how far a model agrees so far with those who coded blind in the session.

        Each message of the audit slice counts once, with the first decision on it that was made
        without seeing any code and still stands, and with the model's last code on the same
        text; in the order in which people decided.
        """
        sampling = await store.assignments.sampling(study.id)
        beside = await store.ratings.beside_model(session.id, coder.id, sampling.audited)
        await self._take(await asyncio.to_thread(first_blind, beside))
        sequence = self._sequence
        if not sequence.n:
            return LiveAgreement(0, None, None, None, None, sequence.alpha)
        return LiveAgreement(
            sequence.n,
            sequence.percent,
            sequence.kappa,
            sequence.low,
            sequence.high,
            sequence.alpha,
        )

    async def _take(self, pairs: Sequence[Pair]) -> None:
        known = len(self._taken)
        if pairs[:known] != self._taken:  # something was taken back, or coded anew
            self._taken, self._sequence, known = [], KappaSequence(), 0
        for n, pair in enumerate(pairs[known:]):
            if n % _TOGETHER == 0:
                await asyncio.sleep(0)
            self._sequence.update(*pair)
            self._taken.append(pair)


def first_blind(messages: Sequence[Sequence[Beside]]) -> list[Pair]:
    """Return the codes of each message, in the order people decided.

    `messages` hold people's decisions on one message each, in the order they were given. The
    first that was made blind and stands counts; adjudications are no reading of their own.
    """
    found: list[tuple[int, str, str, str]] = []
    for beside in messages:
        stands = {id(c) for c in standing([b.given for b in beside])}
        for each in beside:
            blind = each.given.seen is Seen.NOTHING and each.given.act is not Act.ADJUDICATED
            if blind and id(each.given) in stands and each.model is not None:
                found.append((each.row, each.model, each.given.code, each.thread_id))
                break
    return [(model, person, thread) for _, model, person, thread in sorted(found)]

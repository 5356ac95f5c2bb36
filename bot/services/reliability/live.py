"""How far model and people agree while a session runs: from the blind audit slice alone.

What people coded after they had seen the model's code says little about whether they would
have come to it; and what they chose to look at is no sample. The audit slice is drawn by
chance before anything is coded, and coded blind: agreement on it stands for all messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.coding import Act, Seen, standing
from bot.reliability.sequence import KappaSequence
from bot.storage.ratings import Beside
from bot.storage.rows import Coder, SessionRow, Study
from bot.storage.store import Store


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


async def live_agreement(
    store: Store, study: Study, session: SessionRow, coder: Coder
) -> LiveAgreement:
    """Return how far a model agrees so far with those who coded blind in a session.

    Each message of the audit slice counts once, with the first decision on it that was made
    without seeing any code and still stands, and with the model's last code on the same text;
    in the order in which people decided.
    """
    sampling = await store.assignments.sampling(study.id)
    beside = await store.ratings.beside_model(session.id, coder.id, sampling.audited)
    sequence = KappaSequence()
    for model, person, group in first_blind(beside):
        sequence.update(model, person, group)
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


def first_blind(messages: Sequence[Sequence[Beside]]) -> tuple[tuple[str, str, str], ...]:
    """Return the codes of each message (model's, person's, thread), in the order people decided.

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
    return tuple((model, person, thread) for _, model, person, thread in sorted(found))

"""What a session came to, and how far its model and people agree on what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.agreement import agreement
from bot.domain.coding import Act, CoderKind, Coding, standing, verified_code
from bot.storage.numbers import Tally
from bot.storage.rows import Coder, SessionRow, Study
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session's counts, in messages.

    `corrected` and `confirmed` tell how people last decided, of what they did not take back.
    `agreement` is a share from 0 to
    1, with `kappa` over the `n` messages that the model and people both coded; None where
    they are undefined. `gaps` are places where messages are missing, `deleted` the messages
    without a code that get none any more: they were deleted.
    """

    messages: int
    coded: int
    corrected: int
    confirmed: int
    agreement: float | None
    kappa: float | None
    n: int
    gaps: int
    deleted: int = 0


async def summary(
    store: Store, study: Study, session: SessionRow, coder: Coder | None
) -> SessionSummary:
    """Return what `session` of `study` came to; `coder` is the model that serves.

    A message's model is the one whose its discussion is, and its code its last, whatever it was
    shown; the people's is the verified one.
    Raises ValueError for another study's session.
    """
    if session.study_id != study.id:
        raise ValueError(f"session {session.id} is not one of study {study.id}")
    counted = await store.numbers.of(session.id, None if coder is None else coder.id)
    sampling = await store.assignments.sampling(study.id)
    by_model: list[str] = []
    by_people: list[str] = []
    acts: list[Act] = []
    for message in counted.reviewed:
        decided = last_decision(message.codings)
        if decided is not None:
            acts.append(decided)
        model = message.last
        assigned = sampling.assigned(session.name, message.thread_id, message.message_id)
        people = verified_code(message.codings, assigned)
        if model is not None and people is not None:
            by_model.append(model)
            by_people.append(people)
    found = agreement(by_model, by_people)
    return SessionSummary(
        messages=sum(t.messages for t in counted.tallies.values()),
        coded=sum(t.coded for t in counted.tallies.values()),
        corrected=acts.count(Act.CORRECTED),
        confirmed=acts.count(Act.CONFIRMED),
        agreement=found.percent,
        kappa=found.kappa,
        n=found.n,
        gaps=len(await store.gaps.of_session(session.id)),
        deleted=0 if coder is None else sum(map(_deleted, counted.tallies.values())),
    )


def _deleted(tally: Tally) -> int:
    return tally.messages - tally.coded - tally.waiting


def last_decision(codings: Sequence[Coding]) -> Act | None:
    """Return whether people last corrected or confirmed a message's code; None: neither."""
    acts = [
        c.act
        for c in standing(codings)
        if c.kind is CoderKind.HUMAN and c.act in (Act.CORRECTED, Act.CONFIRMED)
    ]
    return acts[-1] if acts else None

"""Below which confidence a study's messages go to people, by the target error it has set itself.

The threshold of a model coder rests on the study's own blind audit where that holds enough groups
which cannot have taught it: those are the study's own groups, read by people who had seen no code.
Else it rests on the validation groups that its bundle brought along, which are of the data that it
was trained on. Without either, everything goes to people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bot.domain.errors import InputError
from bot.reliability.risk_control import (
    EVERYTHING,
    HeldOut,
    Threshold,
    fewest_groups,
    guarantee,
    held_out,
    threshold,
    unpacked,
)
from bot.storage.audit_slice import Audited
from bot.storage.rows import SessionRow, Study
from bot.storage.store import Store

AUDIT_GROUPS = 30
"""Groups with audited messages from which on the study's own audit is what a threshold rests on."""

_EVERY = 25  # decisions of people after which the audit is looked at again
_LARGEST = 0.5  # a target error beyond asks for no people at all


class Basis(StrEnum):
    """What a threshold rests on."""

    AUDIT = "the study's own blind audit"
    VALIDATION = "the validation groups of the bundle"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Abstention:
    """The threshold of one model coder in a study, and what it rests on."""

    threshold: Threshold
    basis: Basis

    @property
    def sentence(self) -> str:
        """What it promises, and on what grounds."""
        if self.basis is Basis.NOTHING:
            return (
                "neither the bundle's validation groups nor enough of the study's own blind audit "
                f"({AUDIT_GROUPS} groups) is known: everything goes to people"
            )
        return f"by {self.basis}: {guarantee(self.threshold)}"


@dataclass(frozen=True, slots=True)
class ForPeople:
    """How many messages of a session wait for people under a study's target error."""

    target: float
    waiting: int


class Abstaining:
    """Decides which of a study's messages go to people."""

    def __init__(self, store: Store, study: Study) -> None:
        self._store = store
        self._study_id = study.id
        self._known: tuple[object, dict[int, Abstention]] | None = None
        self._looking = asyncio.Lock()

    async def target(self) -> float | None:
        """Return the study's target error, None where people are to look at everything."""
        return (await self._store.assignments.sampling(self._study_id)).target_error

    async def set_target(self, target: float | None) -> Study:
        """Set the target error, or take it away with None; return the study as it is then.

        Raises InputError unless it is above 0 and at most .5.
        """
        check_target_error(target)
        text = "" if target is None else repr(float(target))
        return await self._store.studies.set_setting(self._study_id, "target_error", text)

    async def all(self) -> dict[int, Abstention]:
        """Return the threshold of every model coder by its row; nothing without a target error.

        The audit grows with every decision: it is looked at again after some of them.
        """
        async with self._looking:
            facts = await self._store.abstaining.facts(self._study_id)
            if facts.target is None:
                return {}
            key = (facts.target, dict(facts.held_out), facts.decisions // _EVERY)
            if self._known is None or self._known[0] != key:
                found = {
                    coder: await self._of(coder, held, facts.target)
                    for coder, held in facts.held_out.items()
                }
                self._known = (key, found)
            return self._known[1]

    async def below(self) -> dict[int, float]:
        """Return the bare thresholds of `all`."""
        return {coder: each.threshold.below for coder, each in (await self.all()).items()}

    async def waiting(self, session: SessionRow) -> ForPeople | None:
        """Return how many messages of a session wait for people, None without a target error.

        Whose model code stands below its coder's threshold, and on which nobody has decided.
        """
        target = await self.target()
        if target is None:
            return None
        return ForPeople(
            target, await self._store.abstaining.waiting(session.id, await self.below())
        )

    async def _of(self, coder: int, held: tuple[str, ...], target: float) -> Abstention:
        audited = await self._store.audit_slice.of(self._study_id, coder)
        return await asyncio.to_thread(abstention, audited, held, target)


def abstention(audited: tuple[Audited, ...], held: tuple[str, ...], target: float) -> Abstention:
    """Return the threshold that what is known of a coder gives.

    Which basis it has depends on how many groups there are alone, never on what they say: to
    take the better of the two would break the guarantee.
    """
    own = _groups(audited)
    if len(own) >= max(AUDIT_GROUPS, fewest_groups(target)):
        return Abstention(threshold(own, target), Basis.AUDIT)
    if held:
        return Abstention(threshold(unpacked(held), target), Basis.VALIDATION)
    return Abstention(Threshold(target, EVERYTHING, 0, 0, 1.0), Basis.NOTHING)


def check_target_error(target: float | None) -> None:
    """Raise InputError unless a target error is None, or above 0 and at most .5."""
    if target is not None and not 0 < target <= _LARGEST:  # also what is no number
        raise InputError(
            f"a target error of {target * 100:g} % is none",
            "give more than 0 and at most 50 %, or 0 to have people look at everything",
        )


def goes_to_people(below: Mapping[int, float], coder: int, confidence: float | None) -> bool:
    """Tell whether what a model coder (its row) coded goes to people.

    It does unless a threshold is known for that coder and lets it pass.
    """
    limit = below.get(coder)
    return limit is None or confidence is None or confidence < limit


def _groups(audited: tuple[Audited, ...]) -> tuple[HeldOut, ...]:
    return held_out(
        [a.thread_id for a in audited],
        np.array([a.confidence for a in audited], dtype=np.float64),
        np.array([a.code == a.person for a in audited], dtype=np.bool_),
    )

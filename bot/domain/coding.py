"""What coders decide, and the rule by which people settle on a code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from operator import attrgetter
from typing import Protocol, TypeVar


class CoderKind(StrEnum):
    """A coder is a person or a model version."""

    MODEL = "model"
    HUMAN = "human"


class Act(StrEnum):
    """In which role a coding was made.

    `coded` is a coder's own reading of a message, whatever others said. A review confirms,
    corrects or adjudicates the code that it has. A withdrawal takes the coder's latest decision
    back; its code is the one that counts from then on, empty where none does: it is nobody's
    decision for that code.
    """

    CODED = "coded"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ADJUDICATED = "adjudicated"
    WITHDRAWN = "withdrawn"


class Seen(StrEnum):
    """What of other coders' codes a person had been shown of a message before they decided."""

    NOTHING = "nothing"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's decision: the likeliest code and the one after it, with probabilities."""

    code: str
    confidence: float
    runner_up: str | None
    runner_up_confidence: float | None

    @classmethod
    def of(cls, probabilities: Sequence[float], labels: Sequence[str]) -> Prediction:
        """Return the decision for one row of probabilities, in the order of `labels`.

        Equal probabilities go to the earlier label, so a tie does not depend on chance.
        Raises ValueError if the lengths differ or there are no labels.
        """
        if not labels or len(probabilities) != len(labels):
            raise ValueError(f"{len(probabilities)} probabilities for {len(labels)} labels")
        order = sorted(range(len(labels)), key=lambda i: (-float(probabilities[i]), i))
        first, second = order[0], order[1] if len(order) > 1 else None
        return cls(
            labels[first],
            float(probabilities[first]),
            None if second is None else labels[second],
            None if second is None else float(probabilities[second]),
        )


@dataclass(frozen=True, slots=True)
class Coding:
    """One coder's decision on one message, and what it saw.

    `window_size` is how many earlier messages stood in the window; `cut` tells that the
    comment itself was too long to be read whole. `seen` is None for models, and where it is
    not known, as with codes from a file. Codings are appended, never changed.
    """

    message_id: str
    coder: str
    kind: CoderKind
    code: str
    at: datetime
    act: Act = Act.CODED
    confidence: float | None = None
    runner_up: str | None = None
    runner_up_confidence: float | None = None
    revision: int = 1
    window_size: int | None = None
    cut: bool = False
    note: str | None = None
    seen: Seen | None = None


class Given(Protocol):
    """What a coder did to a message: a coding, or a row of a file that tells of one."""

    @property
    def message_id(self) -> object:
        """What names the message."""

    @property
    def coder(self) -> str:
        """Who did it."""

    @property
    def act(self) -> Act:
        """In which role."""


GivenT = TypeVar("GivenT", bound=Given)


def standing(given: Iterable[GivenT]) -> list[GivenT]:
    """Return which decisions on a message, or on those of a unit, stand; in the order given.

    A withdrawal cancels its coder's latest decision on the same message that still stands, and
    is no decision itself; one that finds none does nothing.
    """
    stands: list[GivenT] = []
    for decision in given:
        if decision.act is not Act.WITHDRAWN:
            stands.append(decision)
            continue
        here = [d for d in stands if d.message_id == decision.message_id]
        cancelled = last_of(here, decision.coder)
        if cancelled is not None:
            stands = [earlier for earlier in stands if earlier is not cancelled]
    return stands


def last_of(stands: Sequence[GivenT], coder: str) -> GivenT | None:
    """Return the decision that `coder` may withdraw, of those that stand; None without any."""
    return next((d for d in reversed(stands) if d.coder == coder), None)


def latest(codings: Iterable[Coding]) -> dict[str, Coding]:
    """Return each coder's last decision on one message, or one unit, that stands.

    Of equal times the one given later counts.
    """
    last: dict[str, Coding] = {}
    for coding in standing(codings):
        before = last.get(coding.coder)
        if before is None or coding.at >= before.at:
            last[coding.coder] = coding
    return last


class Basis(StrEnum):
    """By which part of the rule a code is verified."""

    ADJUDICATED = "adjudicated"
    REVIEWED = "reviewed"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class Verified:
    """The code that people settled on, and why it counts; `coders` are those who gave it."""

    code: str
    basis: Basis
    coders: tuple[str, ...]


def verified(codings: Sequence[Coding], assigned: Collection[str] | None = None) -> Verified | None:
    """Return what people settled on for one message, or one unit of analysis, or None.

    THE rule: the adjudicated code; else the latest correction or confirmation; else the code
    on which all assigned human coders agree (with `assigned` None: all people who coded the
    message); else None. What was withdrawn does not count, nor does a model's own code,
    however sure it is. `codings` are in the order they were given.
    """
    human = [c for c in standing(codings) if c.kind is CoderKind.HUMAN]
    for basis, acts in (
        (Basis.ADJUDICATED, (Act.ADJUDICATED,)),
        (Basis.REVIEWED, (Act.CORRECTED, Act.CONFIRMED)),
    ):
        decided = [c for c in human if c.act in acts]
        if decided:
            last = max(enumerate(decided), key=lambda pair: (pair[1].at, pair[0]))[1]
            return Verified(last.code, basis, (last.coder,))
    by_coder = latest(human)
    voters = sorted(by_coder if assigned is None else set(assigned))
    if not voters or not set(voters) <= set(by_coder):
        return None
    codes = {by_coder[name].code for name in voters}
    return Verified(codes.pop(), Basis.AGREED, tuple(voters)) if len(codes) == 1 else None


def together(each: Iterable[Sequence[Coding]]) -> tuple[Coding, ...]:
    """Return the codings of a unit's messages as one: by time, each message's in their order.

    `each` are the codings of each of its messages, in the order they were given. A clock that was
    set back cannot put a withdrawal before the decision that it takes back.
    """
    return tuple(merge(*each, key=attrgetter("at")))


def verified_code(codings: Sequence[Coding], assigned: Collection[str] | None = None) -> str | None:
    """Return the code of `verified`, or None."""
    found = verified(codings, assigned)
    return None if found is None else found.code


def of_model(codings: Sequence[Coding]) -> Coding | None:
    """Return the last coding by a model, None without any."""
    return next((c for c in reversed(codings) if c.kind is CoderKind.MODEL), None)


def counting(codings: Sequence[Coding], assigned: Collection[str] | None = None) -> str | None:
    """Return the code that counts: the verified one, else the model's last, else None."""
    settled = verified_code(codings, assigned)
    if settled is not None:
        return settled
    model = of_model(codings)
    return None if model is None else model.code

"""What coders decide, and the rule by which people settle on a code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CoderKind(StrEnum):
    """A coder is a person or a model version."""

    MODEL = "model"
    HUMAN = "human"


class Act(StrEnum):
    """In which role a coding was made."""

    CODED = "coded"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ADJUDICATED = "adjudicated"


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
    comment itself was too long to be read whole. Codings are appended, never changed.
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


def latest(codings: Iterable[Coding]) -> dict[str, Coding]:
    """Return each coder's last decision; of equal times the one given later counts."""
    last: dict[str, Coding] = {}
    for coding in codings:
        before = last.get(coding.coder)
        if before is None or coding.at >= before.at:
            last[coding.coder] = coding
    return last


def verified_code(codings: Sequence[Coding], assigned: Collection[str] | None = None) -> str | None:
    """Return the code that people settled on for one message, or None.

    The adjudicated code; else the latest correction or confirmation; else the code on which
    all assigned human coders agree (with `assigned` None: all people who coded the message);
    else None. A model's own code never counts, however sure it is.
    """
    human = [c for c in codings if c.kind is CoderKind.HUMAN]
    for acts in ((Act.ADJUDICATED,), (Act.CORRECTED, Act.CONFIRMED)):
        decided = [c for c in human if c.act in acts]
        if decided:
            return max(enumerate(decided), key=lambda pair: (pair[1].at, pair[0]))[1].code
    last = latest(human)
    voters = set(last) if assigned is None else set(assigned)
    if not voters or not voters <= set(last):
        return None
    codes = {last[name].code for name in voters}
    return codes.pop() if len(codes) == 1 else None

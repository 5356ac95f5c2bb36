"""The gate: does the challenger take the champion's place? Numbers in, a decision out. Pure.

A challenger is promoted if the data say that it is not worse. "No significant difference" would
not say that: with few groups nothing is significant, and the worst coder would pass. So the
question is that of a non-inferiority trial (Piaggio et al. 2012, Reporting of noninferiority and
equivalence randomized trials, JAMA 308, 2594-2604): the lower bound of the difference must lie
above a tolerance that was set before. A row of coders, each a little worse than the one before
and each within the tolerance, would creep down all the same (D'Agostino, Massaro & Sullivan 2003,
Non-inferiority trials: design concepts and issues, Statistics in Medicine 22, 169-186), so the
difference itself must not be negative either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.counting import many
from bot.domain.retraining import CodeChange, Decision, Difference
from bot.domain.settling import names
from training.paired import Judged, code_changes, difference

PARITY = 1e-4
"""Largest difference of a probability between torch and ONNX that is rounding, not a fault."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the gate asks for; shares from 0 to 1.

    `tolerance`: a coder whose accuracy is truly lower by that much passes by luck in about one
    of 20 tries (1 - `confidence`). `margin`: by how much the recall of a code with
    `min_gold` gold records may fall. Of fewer than `min_groups` groups a bootstrap tells nothing,
    and of fewer than `min_records` records one message weighs more than two points.
    """

    min_gold: int
    margin: float
    tolerance: float
    confidence: float = 0.95
    min_groups: int = 5
    min_records: int = 50
    resamples: int = 10_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Parity:
    """How far torch and ONNX differ on the gold messages.

    `largest` difference of a probability; `changed` messages with another code, those left out
    whose two likeliest codes are as good as tied.
    """

    largest: float
    changed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, why, and its numbers; `notes` are what it cannot tell."""

    decision: Decision
    reason: str
    difference: Difference
    codes: tuple[CodeChange, ...]
    notes: tuple[str, ...]


def too_few(groups: int, records: int, rule: Rule, *, first: bool) -> str | None:
    """Return what the gold set lacks before it can judge, as a sentence; None: nothing.

    A first coder has only the commonest code to beat: two groups and `min_gold` records will do.
    """
    wanted_groups = 2 if first else rule.min_groups
    wanted = rule.min_gold if first else max(rule.min_records, rule.min_gold)
    lacking = [
        many(least - found, f"more {noun}")
        for least, found, noun in ((wanted_groups, groups, "group"), (wanted, records, "record"))
        if found < least
    ]
    if not lacking:
        return None
    return (
        f"The gold set cannot judge yet: it holds {many(records, 'usable record')} of "
        f"{many(groups, 'group')}, and needs {' and '.join(lacking)}."
    )


def decide(judged: Judged, parity: Parity, rule: Rule, codes: Sequence[str]) -> Verdict:
    """Return whether the challenger is promoted; `codes` are those of the study's codebook.

    Parity comes first: what serves is the ONNX graph, so its codes must be those of the network
    that learned. Then accuracy over all, then every code.
    """
    change = difference(judged, rule.confidence, rule.resamples, rule.seed)
    by_code = code_changes(judged, rule.min_gold, rule.margin)
    against = (
        _unlike(parity)
        or (_no_better(change) if judged.first else _worse(change, rule))
        or _fallen(by_code, rule)
    )
    told = _told(judged, change, rule)
    notes = _notes(by_code, codes, rule)
    if against is None:
        return Verdict("promote", told, change, by_code, notes)
    return Verdict("keep", f"{against}: {told}", change, by_code, notes)


def _unlike(parity: Parity) -> str | None:
    if parity.changed:
        return f"The ONNX graph gives {many(parity.changed, 'gold message')} another code"
    if parity.largest >= PARITY:
        return f"The probabilities of the ONNX graph are off by up to {parity.largest:.2g}"
    return None


def _no_better(change: Difference) -> str | None:
    return None if change.value > 0 else "It is no better than giving everything the commonest code"


def _worse(change: Difference, rule: Rule) -> str | None:
    if change.value < 0:
        return "It is worse"
    if change.low < -rule.tolerance:
        return (
            f"It may be worse by more than the {100 * rule.tolerance:.1f} points that are "
            "tolerated, for all that so few gold groups can tell"
        )
    return None


def _fallen(by_code: Sequence[CodeChange], rule: Rule) -> str | None:
    fell = [
        f"{c.code} from {c.recall_before:.0%} to {c.recall_after:.0%} of its {c.n}"
        for c in by_code
        if c.fell
    ]
    if not fell:
        return None
    return f"It finds less of {names(fell)} gold records (more than {rule.margin:.0%} less)"


def _told(judged: Judged, change: Difference, rule: Rule) -> str:
    sure = 200 * rule.confidence - 100  # of two one-sided bounds
    n = len(judged.gold)
    was, now = judged.right()
    before = "with the commonest code" if judged.first else "before"
    return (
        f"{now} of {many(n, 'gold message')} right ({now / n:.1%}), {before} {was} "
        f"({was / n:.1%}); {100 * change.value:+.1f} points, {sure:.0f} % interval "
        f"{100 * change.low:+.1f} to {100 * change.high:+.1f}."
    )


def _notes(by_code: Sequence[CodeChange], codes: Sequence[str], rule: Rule) -> tuple[str, ...]:
    counted = {c.code: c.n for c in by_code}
    few = [c for c in codes if counted.get(c, 0) < rule.min_gold]
    if not few:
        return ()
    known = many(rule.min_gold, "gold record")
    return (f"fewer than {known} of {names(few)}: a fall there would not have been noticed",)

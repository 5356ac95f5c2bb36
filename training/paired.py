"""Two coders on the same messages: the difference of their accuracy, and of every code. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.stats import t as student
from sklearn.metrics import precision_recall_fscore_support

from bot.domain.retraining import CodeChange, Difference
from bot.reliability.resampling import Draws, Grouping, ratio

_EXACT = 1e-9  # recalls are fractions of small numbers: what differs by less is the same


@dataclass(frozen=True, slots=True)
class Judged:
    """People's codes and both coders' on the gold messages, one entry a message.

    `first`: there is no coder to compare with; `before` is then the commonest code throughout.
    """

    groups: tuple[str, ...]
    gold: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    first: bool = False

    def __post_init__(self) -> None:
        if len({len(self.groups), len(self.gold), len(self.before), len(self.after)}) != 1:
            raise ValueError("columns of different length")
        if not self.gold:
            raise ValueError("no gold messages to judge by")

    def right(self) -> tuple[int, int]:
        """Return how many messages were right before, and after."""
        return _hits(self.gold, self.before), _hits(self.gold, self.after)


def difference(judged: Judged, confidence: float, resamples: int, seed: int) -> Difference:
    """Return accuracy after less before, with its interval by paired bootstrap over groups.

    Both coders coded the same messages, so what is drawn is each group's difference. Each end is
    a one-sided bound at `confidence` (.95: together a 90 % interval), expanded for few groups: the
    percentile bootstrap is too narrow by sqrt((n - 1) / n) and knows no t quantile (Hesterberg
    2015, What teachers should know about the bootstrap, The American Statistician 69, 371-386,
    the expanded percentile interval). One group tells nothing of others: from -1 to 1.

    Where the two differ on hardly a message all resamples are alike. No end is therefore nearer to
    the value than what n messages without any change allow, 1 - (1 - confidence)^(1/n) (the rule of
    three: Hanley & Lippman-Hand 1983, If nothing goes wrong, is everything all right?, JAMA 249,
    1743-1745).
    """
    grouping = Grouping.of(judged.groups)
    columns = zip(judged.gold, judged.before, judged.after, strict=True)
    better = np.array([float(a == g) - float(b == g) for g, b, a in columns])
    terms = np.stack([better, np.ones(len(better))], axis=1)
    sums = grouping.sums(lambda part: terms[part], 2)
    value = float(better.mean())
    if grouping.count < 2:
        return Difference(value, -1.0, 1.0)
    drawn = Draws.of(grouping.count, seed, resamples).sums(sums)
    tail = _tail(grouping.count, confidence)
    low, high = np.quantile(ratio(drawn[:, 0], drawn[:, 1]), [tail, 1 - tail])
    unseen = 1 - (1 - confidence) ** (1 / len(better))
    return Difference(
        value,
        max(-1.0, min(float(low), value - unseen)),
        min(1.0, max(float(high), value + unseen)),
    )


def code_changes(judged: Judged, min_gold: int, margin: float) -> tuple[CodeChange, ...]:
    """Return recall and F1 of every code that occurs, before and after; most records first.

    A code fell where its recall went down by more than `margin` on `min_gold` records or more.
    """
    names = sorted({*judged.gold, *judged.before, *judged.after})
    before, after = _per_code(judged.gold, judged.before), _per_code(judged.gold, judged.after)
    changes = []
    for code in sorted(names, key=lambda name: (-judged.gold.count(name), name)):
        n = judged.gold.count(code)
        recall, f1 = before.get(code, (None, None))
        new_recall, new_f1 = after.get(code, (None, None))
        lost = 0.0 if recall is None or new_recall is None else recall - new_recall
        fell = not judged.first and n >= min_gold and lost > margin + _EXACT
        changes.append(CodeChange(code, n, recall, new_recall, f1, new_f1, fell=fell))
    return tuple(changes)


def _tail(groups: int, confidence: float) -> float:
    wide = float(student.ppf(confidence, groups - 1)) * (groups / (groups - 1)) ** 0.5
    return NormalDist().cdf(-wide)


def _hits(gold: Sequence[str], given: Sequence[str]) -> int:
    return sum(g == c for g, c in zip(gold, given, strict=True))


def _per_code(
    gold: Sequence[str], given: Sequence[str]
) -> dict[str, tuple[float | None, float | None]]:
    """Return (recall, F1) of the codes that people or this coder gave; no recall without people."""
    names = sorted({*gold, *given})
    _, recall, f1, support = precision_recall_fscore_support(
        gold, given, labels=names, zero_division=0
    )
    return {
        name: (float(recall[i]) if support[i] else None, float(f1[i]))
        for i, name in enumerate(names)
    }

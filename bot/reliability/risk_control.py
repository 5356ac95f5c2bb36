"""Below which confidence a message goes to people, so that few errors stay: risk control.

Conformal risk control (Angelopoulos, Bates, Fisch, Lei & Schuster 2022, *Conformal risk control*,
ICLR 2024, eq. 4 and theorem 1), with whole groups as the exchangeable units, since messages of
one group are not independent. The loss of a group under a threshold is the share of its messages
whose code in the final transcript is wrong: those above the threshold on which the model errs,
people's codes being right. It lies in [0, 1] and never grows with the threshold, so

    smallest threshold with  (sum of the n groups' losses + 1) / (n + 1) <= target

keeps the expected loss of a new group at or below the target. That is a statement on the mean over
new groups like these (and over which groups happened to be held out), not on each one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 1_000
EVERYTHING = (_STEPS + 1) / _STEPS
"""The threshold that no probability reaches: every message goes to people."""

_GRID: NDArray[np.float64] = np.arange(_STEPS + 2) / _STEPS
_ROUNDING = 1e-12  # sums of shares: the order of the groups must not decide
_KEPT = 10_000  # confidences are kept in ten-thousandths, cut off: a step of the grid holds ten


@dataclass(frozen=True)
class HeldOut:
    """One group that the model has not learned from: its confidence (n,), whether it is right."""

    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.confidence.shape != self.right.shape or not len(self.right):
            raise ValueError("a group needs messages, and each a confidence and right or wrong")


@dataclass(frozen=True, slots=True)
class Threshold:
    """Messages with a confidence under `below` go to people; `target` is what errors may be left.

    It was found on `groups` groups with `messages` messages. `bound` is the guarantee: the
    expected share of wrong codes in a new group's transcript is no larger; it is above the
    target only where the groups are too few for any guarantee, and then everything goes to
    people and no error is left.
    """

    target: float
    below: float
    groups: int
    messages: int
    bound: float

    @property
    def everything(self) -> bool:
        """Whether every message goes to people."""
        return self.below >= EVERYTHING

    @property
    def too_few(self) -> bool:
        """Whether there are too few groups for a guarantee of this target, however good the model.

        Then everything goes to people.
        """
        return self.groups < fewest_groups(self.target)


def held_out(
    groups: Sequence[str], confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[HeldOut, ...]:
    """Return messages (n,) by their groups' names."""
    names = np.array(groups, dtype=object)
    return tuple(
        HeldOut(confidence[names == name], right[names == name]) for name in dict.fromkeys(groups)
    )


def threshold(groups: Sequence[HeldOut], target: float) -> Threshold:
    """Return the smallest threshold, in steps of .001, that keeps to `target` (above 0, below 1).

    Raises ValueError for another target.
    """
    check_target(target)
    n, messages = len(groups), sum(len(g.right) for g in groups)
    total = sum((losses(g) for g in groups), np.zeros(len(_GRID)))
    bounds = (total + 1) / (n + 1)
    (kept,) = np.nonzero(bounds <= target + _ROUNDING)
    if len(kept):
        return Threshold(target, float(_GRID[kept[0]]), n, messages, float(bounds[kept[0]]))
    return Threshold(target, EVERYTHING, n, messages, float(bounds[-1]))


def losses(group: HeldOut) -> NDArray[np.float64]:
    """Return the group's loss at each step of the grid from 0 to `EVERYTHING`."""
    wrong = np.sort(group.confidence[~group.right])
    left = len(wrong) - np.searchsorted(wrong, _GRID, side="left")
    return np.asarray(left / len(group.right), dtype=np.float64)


def fewest_groups(target: float) -> int:
    """Return with how many groups a target can be kept at all: one that never errs needs these."""
    n = max(0, round(1 / target) - 2)
    while 1 / (n + 1) > target + _ROUNDING:
        n += 1
    return n


def guarantee(found: Threshold) -> str:
    """Return what a threshold promises, as a sentence."""
    target = f"{100 * found.target:g} %"
    if found.too_few:
        return (
            f"for a target error of {target} at least {fewest_groups(found.target)} held-out "
            f"groups are needed and there are {found.groups}: everything goes to people"
        )
    if found.everything:
        return (
            f"no threshold keeps to a target error of {target} on the {found.groups} held-out "
            "groups: everything goes to people"
        )
    return (
        f"of a new group's final transcript at most {100 * found.bound:.1f} % is expected to be "
        f"wrong (mean over new groups like the {found.groups} held-out ones)"
    )


def check_target(target: float) -> None:
    """Raise ValueError unless a target is above 0 and below 1."""
    if not 0 < target < 1:  # also what is no number
        raise ValueError(f"a target error of {target:g} is none: give more than 0 and less than 1")


def packed(groups: Iterable[HeldOut]) -> tuple[str, ...]:
    """Return one text a group, without its name: "9134+ 4402-" is right at .9134, wrong at .4402.

    Groups and messages are sorted by what they hold, so that no order tells who they are.
    """
    texts = []
    for group in groups:
        kept = np.floor(group.confidence * _KEPT).astype(int)
        marked = sorted(zip(kept.tolist(), group.right.tolist(), strict=True), reverse=True)
        texts.append(" ".join(f"{c}{'+' if right else '-'}" for c, right in marked))
    return tuple(sorted(texts))


def unpacked(texts: Iterable[str]) -> tuple[HeldOut, ...]:
    """Return what `packed` was given. Raises ValueError for a text that is none of its."""
    return tuple(_unpacked(text) for text in texts)


def _unpacked(text: str) -> HeldOut:
    marked = text.split()
    if not marked or any(word[-1] not in "+-" for word in marked):
        raise ValueError("a held-out group is kept as confidences with + or -, such as 9134+")
    confidence = np.array([int(word[:-1]) for word in marked]) / _KEPT
    return HeldOut(confidence, np.array([word[-1] == "+" for word in marked]))

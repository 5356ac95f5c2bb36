"""Which groups judge a study's coders and never teach one: the gold set."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.drawing import drawn

_SALT = "gold"


@dataclass(frozen=True, slots=True)
class Side:
    """What was decided for a group, once and for ever.

    `taught` is a group that a coder had learned from before it could be drawn (it came with an
    imported file, say): it is not gold, and does not count in the share.
    """

    gold: bool
    taught: bool = False

    def __post_init__(self) -> None:
        if self.gold and self.taught:
            raise ValueError("what taught never judges")


def decide(
    study: str,
    decided: Mapping[str, Side],
    groups: Iterable[str],
    share: float,
    taught: Collection[str] = (),
) -> dict[str, Side]:
    """Return the side of each of `groups` (thread ids) that is not yet among the `decided`.

    As many of the new ones become gold as bring the gold share, of all that taught nobody
    before, up to `share` (rounded up): those with the lowest numbers drawn under the study's
    name. What was decided is never part of the answer, so no group ever changes sides; the order
    of `groups` does not matter. A share of those that taught nobody, not of all: else a study
    that begins with an imported file would give every new group away until a fifth of the whole
    is gold, and learn from none.
    """
    new = set(groups) - set(decided)
    free = sorted(new - set(taught), key=lambda group: (drawn(_SALT, study, group), group))
    could = [side for side in decided.values() if not side.taught]
    # 0.07 * 100 is 7.000000000000001: a hair above a whole number is that number.
    wanted = math.ceil(round(share * (len(could) + len(free)), 9))
    missing = max(0, wanted - sum(side.gold for side in could))
    sides = {group: Side(gold=place < missing) for place, group in enumerate(free)}
    return sides | {group: Side(gold=False, taught=True) for group in new & set(taught)}

"""How far two coders agree: percent agreement and Cohen's kappa of a handful of codes.

bot.reliability measures everything else, with intervals. This stays beside it because it
needs the standard library alone: the command line shows help without loading numpy. A test
holds the two equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two coders over `n` messages that both of them coded.

    `percent` is a share from 0 to 1. `kappa` is None where it is undefined: no messages, or
    both coders gave one and the same code throughout, so that chance alone explains it all.
    """

    n: int
    percent: float | None
    kappa: float | None


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Return percent agreement and Cohen's kappa of two coders' codes, message by message.

    kappa = (po - pe) / (1 - pe), where po is the share of equal codes and pe the share
    expected from the two coders' code frequencies alone: Cohen, J. (1960), A coefficient of
    agreement for nominal scales, Educational and Psychological Measurement 20(1), 37-46.

    Raises ValueError if the two do not cover the same messages (different lengths).
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes by one coder, {len(second)} by the other")
    n = len(first)
    if n == 0:
        return Agreement(0, None, None)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    counts_first, counts_second = Counter(first), Counter(second)
    # Counted in whole numbers, so that "pe is 1" is an exact test.
    by_chance = sum(count * counts_second[code] for code, count in counts_first.items())
    if by_chance == n * n:
        return Agreement(n, observed, None)
    expected = by_chance / (n * n)
    return Agreement(n, observed, (observed - expected) / (1 - expected))

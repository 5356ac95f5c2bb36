"""Rare codes are drawn more often, in the training split alone."""

from __future__ import annotations

import random
from collections.abc import Sequence


def oversample(codes: Sequence[str], at_least: int, total: int, seed: int) -> list[int]:
    """Return how often each record is drawn, at least once each.

    First each code is raised to `at_least` records, then random records are added until
    there are `total` in all; what is already there is never left out. (Simmonds & Haines:
    2,000 records with at least 50 for each label.) `at_least` 0 and `total` 0 switch it off.
    """
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    times = [1] * len(codes)
    by_code: dict[str, list[int]] = {}
    for index, code in enumerate(codes):
        by_code.setdefault(code, []).append(index)
    for code in sorted(by_code):
        for _ in range(at_least - len(by_code[code])):
            times[chance.choice(by_code[code])] += 1
    if codes:
        for _ in range(total - sum(times)):
            times[chance.randrange(len(codes))] += 1
    return times

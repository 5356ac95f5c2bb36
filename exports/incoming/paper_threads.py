"""Which discussions are one group's, where a table may not say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise


def find_threads(discussions: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """Return thread and round of each discussion, of its group ("" where none is told), scenario.

    A group that is told is the thread, and the same scenario again is its next round. Where none
    is, tables list either group after group (then a scenario that comes again is the next
    group's) or scenario after scenario (then each scenario's n-th discussion is the n-th
    group's).
    """
    if any(group for group, _ in discussions):
        rounds: Counter[tuple[str, str]] = Counter()
        found: list[tuple[str, int]] = []
        for group, scenario in discussions:
            rounds[group, scenario] += 1
            found.append((group, rounds[group, scenario]))
        return found
    scenarios = [scenario for _, scenario in discussions]
    by_scenario = any(before == after for before, after in pairwise(scenarios))
    numbers = _nth(scenarios) if by_scenario else _passes(scenarios)
    return [(f"group {number}", 1) for number in numbers]


def _nth(scenarios: Sequence[str]) -> list[int]:
    seen: Counter[str] = Counter()
    numbers: list[int] = []
    for scenario in scenarios:
        seen[scenario] += 1
        numbers.append(seen[scenario])
    return numbers


def _passes(scenarios: Sequence[str]) -> list[int]:
    number, held = 1, set[str]()
    numbers: list[int] = []
    for scenario in scenarios:
        if scenario in held:
            number, held = number + 1, set()
        held.add(scenario)
        numbers.append(number)
    return numbers

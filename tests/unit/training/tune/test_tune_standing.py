"""What the best trial of a search is worth beside another: the choice among many is counted in."""

from __future__ import annotations

import random

import pytest
from optuna.trial import TrialState

from training.tune.standing import Row, difference

GROUPS, EACH = 30, 20


def trial(number: int, hits: list[int]) -> Row:
    groups = {f"g{n}": (right, EACH) for n, right in enumerate(hits)}
    accuracy = sum(hits) / (EACH * len(hits))
    whole = TrialState.COMPLETE
    return Row(number, whole, accuracy, None, None, 1, 1.0, None, {}, None, groups)


def equal(chance: random.Random, count: int) -> list[Row]:
    """Return trials that are right on 7 of 10 messages, and by luck on every second of the rest."""

    def hits() -> list[int]:
        return [14 + sum(chance.random() < 0.5 for _ in range(6)) for _ in range(GROUPS)]

    return [trial(number, hits()) for number in range(count)]


def test_of_many_equal_trials_the_best_is_hardly_ever_told_from_another():
    chance = random.Random(3)  # noqa: S311 - a simulation
    apart = alone = 0
    for _ in range(60):
        first, *others = tried = equal(chance, 20)
        best = max(others, key=lambda r: r.accuracy or 0)
        if (best.accuracy or 0) > (first.accuracy or 0):
            apart += difference(best, first, tried).told_apart
            alone += difference(best, first, ()).told_apart
    assert apart <= 6  # 60 * 5 % and two standard errors
    assert alone > 9  # as if it had not been chosen: far more


def test_a_trial_that_is_better_in_every_group_is_told_apart():
    tried = [trial(0, [12] * GROUPS), *(trial(n, [13, 11] * (GROUPS // 2)) for n in range(1, 9))]
    best = trial(9, [16, 15] * (GROUPS // 2))
    found = difference(best, tried[0], [*tried, best])
    assert found.points == pytest.approx(3.5 / EACH)
    assert found.told_apart
    low, high = found.interval.low, found.interval.high
    assert low is not None
    assert high is not None
    assert (low + high) / 2 == pytest.approx(found.points)
    assert not difference(tried[0], best, [*tried, best]).points > 0


def test_of_one_group_nothing_is_told():
    found = difference(trial(1, [15]), trial(0, [12]), [])
    assert (found.interval.low, found.told_apart, found.groups) == (None, False, 1)

"""Conformal risk control over groups: the threshold, what it promises, and that it keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reliability.risk_control import (
    EVERYTHING,
    HeldOut,
    fewest_groups,
    guarantee,
    held_out,
    losses,
    packed,
    threshold,
    unpacked,
)

GROUPS = st.lists(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=6),
    max_size=22,
)


def group(*messages: tuple[float, bool]) -> HeldOut:
    return HeldOut(np.array([c for c, _ in messages]), np.array([r for _, r in messages]))


def world(seed: int = 7, number: int = 300) -> list[HeldOut]:
    """Return groups that differ much: in most the coder is good, in some it is sure and wrong."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        n = int(chance.integers(5, 40))
        confidence = np.round(chance.beta(4, 2, n), 3)
        skill = 0.3 if chance.random() < 0.15 else 1.0
        made.append(HeldOut(confidence, chance.random(n) < skill * (0.5 + 0.5 * confidence)))
    return made


def left_in(new: HeldOut, below: float) -> float:
    """Return the share of wrong codes in one group's final transcript."""
    return float(((new.confidence >= below) & ~new.right).mean())


def expected(choose: Callable[[list[HeldOut]], float], groups: int, rounds: int = 300) -> float:
    """Return the mean error of new groups, with thresholds that others, drawn anew, lead to."""
    chance, all_ = np.random.default_rng(1), world()
    of_all = np.mean([losses(g) for g in all_], axis=0)  # of a new group, at every threshold
    drawn = (chance.integers(0, len(all_), groups) for _ in range(rounds))
    below = [choose([all_[i] for i in places]) for places in drawn]
    return float(np.mean([of_all[round(b * 1000)] for b in below]))


def uncorrected(groups: list[HeldOut], target: float) -> float:
    """Return the threshold that takes the groups' own risk for that of new ones."""
    return float(np.argmax(np.mean([losses(g) for g in groups], axis=0) <= target)) / 1000


@pytest.mark.parametrize("target", [0.1, 0.2])
def test_new_groups_keep_to_the_target_on_average_and_little_is_given_away(target: float) -> None:
    error = expected(lambda groups: threshold(groups, target).below, groups=20)
    assert target - 0.05 < error <= target


def test_without_the_correction_for_few_groups_the_target_is_missed() -> None:
    assert expected(lambda groups: threshold(groups, 0.15).below, groups=6) <= 0.15
    assert expected(lambda groups: uncorrected(groups, 0.15), groups=6) > 0.16


def test_messages_of_one_group_are_no_groups_of_their_own() -> None:
    # Whoever counts messages instead of groups believes to know more than they do.
    def apart(groups: list[HeldOut]) -> float:
        messages = [(g.confidence[i], g.right[i]) for g in groups for i in range(len(g.right))]
        return threshold([group((c, bool(r))) for c, r in messages], 0.15).below

    assert expected(apart, groups=6, rounds=60) > 0.16


def test_the_worked_example() -> None:
    # Nine groups of ten messages, one wrong in each at .1, .2, ... .9: (k wrong / 10 + 1) / 10.
    groups = [group((0.1 * k, False), *[(0.95, True)] * 9) for k in range(1, 10)]
    assert threshold(groups, 0.19).below == 0.0  # (9 * .1 + 1) / 10 = .19
    assert threshold(groups, 0.1).below == pytest.approx(0.901)  # nothing wrong may be left
    found = threshold(groups, 0.15)  # five may be left: those at .5 and above
    assert found.below == pytest.approx(0.401)
    assert found.bound == pytest.approx(0.15)


@given(GROUPS, st.sampled_from([0.05, 0.1, 0.15, 0.3]))
def test_the_threshold_is_the_smallest_that_keeps_the_bound(drawn, target: float) -> None:
    groups = [group(*messages) for messages in drawn]
    found = threshold(groups, target)

    def bound(below: float) -> float:
        return (sum(left_in(g, below) for g in groups) + 1) / (len(groups) + 1)

    if len(groups) < fewest_groups(target):
        assert found.too_few
        assert found.below == EVERYTHING
    else:
        assert bound(found.below) <= target + 1e-9
        assert found.bound == pytest.approx(bound(found.below))
        assert found.below == 0 or bound(found.below - 0.001) > target - 1e-9


@given(GROUPS)
def test_the_loss_of_a_group_never_grows_with_the_threshold_and_ends_at_nothing(drawn) -> None:
    for messages in drawn:
        loss = losses(group(*messages))
        assert (np.diff(loss) <= 0).all()
        assert loss[0] <= 1
        assert loss[-1] == 0


@given(GROUPS)
def test_what_a_bundle_keeps_gives_the_same_thresholds_and_no_order(drawn) -> None:
    groups = [group(*messages) for messages in drawn]
    kept = packed(groups)
    assert kept == packed(list(reversed(groups)))
    for target in (0.05, 0.1, 0.3):
        found, whole = threshold(unpacked(kept), target), threshold(groups, target)
        assert replace(found, bound=whole.bound) == whole
        assert found.bound == pytest.approx(whole.bound)


@pytest.mark.parametrize("text", ["", "9134", "91x4+", "9134*"])
def test_a_text_that_is_no_group_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"held-out group|invalid literal"):
        unpacked([text])


def test_too_few_groups_send_everything_to_people_and_say_so() -> None:
    few = [group((0.99, True))] * 8
    found = threshold(few, 0.1)
    assert (found.below, found.too_few, found.everything) == (EVERYTHING, True, True)
    assert "at least 9 held-out groups are needed and there are 8" in guarantee(found)
    assert threshold([*few, few[0]], 0.1).below == 0.0
    assert [fewest_groups(t) for t in (0.05, 0.1, 0.15, 0.5)] == [19, 9, 6, 1]


def test_a_threshold_says_what_it_promises() -> None:
    told = guarantee(threshold([group((0.99, True))] * 50, 0.1))
    assert told.startswith("of a new group's final transcript at most 2.0 % is expected to be")


def test_messages_are_put_together_by_their_group() -> None:
    sure, right = np.array([0.1, 0.2, 0.3]), np.array([True, False, True])
    a, b = held_out(["a", "b", "a"], sure, right)
    assert a.confidence.tolist() == [0.1, 0.3]
    assert b.right.tolist() == [False]


@pytest.mark.parametrize("target", [0, 1, -0.1, float("nan")])
def test_what_is_no_target_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="target error"):
        threshold([], target)

"""The gold set: decided once, grows with the groups, and nothing ever changes sides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.gold import Side, decide

GROUPS = st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=40)
SHARES = st.sampled_from([0.05, 0.1, 0.2, 0.25, 1 / 3, 0.49])


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[str]]:
    """Draw groups in the batches in which they first hold verified codes."""
    groups = draw(GROUPS)
    cuts = sorted(draw(st.lists(st.integers(0, len(groups)), max_size=6)))
    return [groups[a:b] for a, b in zip([0, *cuts], [*cuts, len(groups)], strict=True)]


def grow(batches: Sequence[Sequence[str]], share: float, study: str = "s") -> dict[str, Side]:
    decided: dict[str, Side] = {}
    for batch in batches:
        # Each night asks about everything that holds codes, also what was decided before.
        decided |= decide(study, decided, [*decided, *batch], share)
    return decided


def gold(decided: dict[str, Side]) -> set[str]:
    return {group for group, side in decided.items() if side.gold}


@given(arrivals(), SHARES)
def test_nothing_ever_moves_and_everything_is_decided(batches, share):
    decided: dict[str, Side] = {}
    for batch in batches:
        asked = [*decided, *batch]
        before = dict(decided)
        decided |= decide("s", decided, asked, share)
        assert decided.items() >= before.items()
        assert set(decided) == set(asked)
        assert decide("s", decided, asked, share) == {}  # a restart decides nothing again


@given(arrivals(), SHARES)
def test_the_share_is_reached_after_every_night_and_not_passed(batches, share):
    decided: dict[str, Side] = {}
    for batch in batches:
        decided |= decide("s", decided, batch, share)
        assert len(gold(decided)) == math.ceil(round(share * len(decided), 9))


@given(GROUPS, SHARES, st.randoms())
def test_the_order_in_which_a_nights_groups_come_changes_nothing(groups, share, chance):
    mixed = list(groups)
    chance.shuffle(mixed)
    assert decide("s", {}, groups, share) == decide("s", {}, mixed, share)


@given(arrivals(), SHARES)
def test_of_a_nights_groups_the_lowest_drawn_become_gold(batches, share):
    first, *_ = batches
    more = decide("s", {}, first, share)
    fewer = decide("s", {}, first, share / 2)
    assert gold(fewer) <= gold(more)  # a smaller share is part of a larger one


@given(arrivals(), SHARES, st.data())
def test_what_taught_a_coder_is_never_gold_and_takes_no_place(batches, share, data):
    groups = [group for batch in batches for group in batch]
    taught = data.draw(st.sets(st.sampled_from(groups))) if groups else set()
    decided: dict[str, Side] = {}
    for batch in batches:
        decided |= decide("s", decided, batch, share, taught)
    assert {g for g, side in decided.items() if side.taught} == taught
    assert not gold(decided) & taught
    assert len(gold(decided)) == math.ceil(round(share * len(set(groups) - taught), 9))


def test_another_study_draws_other_groups():
    groups = [f"g{n}" for n in range(50)]
    assert gold(grow([groups], 0.2, "one")) != gold(grow([groups], 0.2, "two"))


def test_the_drawing_is_written_in_stone():
    # Were it to change, groups that are yet to come would be drawn by another rule than before.
    groups = [f"g{n}" for n in range(10)]
    assert gold(grow([groups], 0.2, "study")) == {"g4", "g9"}


def test_a_whole_number_of_groups_is_not_rounded_up():
    assert 0.07 * 100 > 7  # as a computer counts
    assert len(gold(grow([[f"g{n}" for n in range(100)]], 0.07))) == 7


def test_no_group_is_on_both_sides():
    with pytest.raises(ValueError, match="taught never judges"):
        Side(gold=True, taught=True)

"""Fewer records, as a smaller study would have: whole groups, one draw within the other."""

import pytest

from bot.domain.errors import InputError
from tests.unit.training.tiny_study import tiny_records
from training.draw import drawn


def ids(records) -> set[str]:
    return {record.message.id for record in records}


def test_as_many_as_asked_for_in_their_order_and_again_the_same():
    records = tiny_records(6)
    found = drawn(records, 30, seed=3)
    assert len(found) == 30
    assert list(found) == [r for r in records if r.message.id in ids(found)]
    assert found == drawn(records, 30, seed=3)
    assert found != drawn(records, 30, seed=4)


def test_all_groups_but_the_last_are_whole():
    records = tiny_records(6)
    found = drawn(records, 30, seed=0)
    whole = {g: sum(r.group == g for r in records) for g in {r.group for r in found}}
    part = [g for g, n in whole.items() if sum(r.group == g for r in found) < n]
    assert len(whole) == 3  # 14 records a group
    assert len(part) == 1


def test_more_contain_fewer():
    records = tiny_records(6)
    assert ids(drawn(records, 20, seed=1)) < ids(drawn(records, 50, seed=1))
    assert drawn(records, len(records), seed=1) == records


def test_more_than_there_are_cannot_be_drawn():
    with pytest.raises(InputError, match=r"14 records, and 15 are to be drawn.*at most 14"):
        drawn(tiny_records(1), 15, seed=0)

"""70/15/15, by group or by record, seeded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import InputError
from training.arrange import Record
from training.split import SHARES, Split, SplitBy, split

SCENARIO = Scenario("s", "S", "case")


def records_of(sizes: list[int]) -> list[Record]:
    """Return groups g0, g1, ... with so many records each."""
    found = []
    for group, size in enumerate(sizes):
        messages = tuple(
            Message(f"{group}/{n}", f"g{group}", "s", n, "P1", None, "hi")
            for n in range(1, size + 1)
        )
        discussion = Discussion(f"g{group}", SCENARIO, messages)
        found += [Record(discussion, m, "A") for m in messages]
    return found


def ids(parts: Split) -> list[list[str]]:
    return [[r.message.id for r in part] for part in parts.parts().values()]


SIZES = st.lists(st.integers(1, 30), min_size=3, max_size=30)


@given(SIZES, st.integers(0, 99), st.sampled_from(SplitBy))
def test_every_record_is_in_one_part_in_its_order_and_no_part_is_empty(sizes, seed, by):
    records = records_of(sizes)
    parts = split(records, by, seed)
    place = {r.message.id: n for n, r in enumerate(records)}
    assert sorted(i for part in ids(parts) for i in part) == sorted(place)
    for part in ids(parts):
        assert part
        assert part == sorted(part, key=place.__getitem__)


@given(SIZES, st.integers(0, 99))
def test_no_two_parts_share_a_group(sizes, seed):
    parts = split(records_of(sizes), SplitBy.GROUP, seed).parts().values()
    groups = [{r.group for r in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == len(sizes)


@pytest.mark.parametrize("seed", range(5))
def test_groups_of_different_size_come_near_the_shares(seed):
    records = records_of([10, 40, 25, 30] * 12)
    for part, share in zip(ids(split(records, SplitBy.GROUP, seed)), SHARES, strict=True):
        assert len(part) / len(records) == pytest.approx(share, abs=0.03)


def test_records_come_to_the_shares_exactly_and_mix_groups():
    parts = split(records_of([50, 50]), SplitBy.RECORD, 1)
    assert list(map(len, ids(parts))) == [70, 15, 15]
    assert {r.group for r in parts.test} == {"g0", "g1"}


@pytest.mark.parametrize("by", SplitBy)
def test_the_seed_decides(by):
    records = records_of([5] * 20)
    assert ids(split(records, by, 3)) == ids(split(records, by, 3))
    assert ids(split(records, by, 3)) != ids(split(records, by, 4))


def test_the_order_of_the_file_does_not_decide():
    records = records_of([5] * 20)
    turned = split(records[::-1], SplitBy.GROUP, 3)
    assert {r.group for r in turned.test} == {
        r.group for r in split(records, SplitBy.GROUP, 3).test
    }


def test_too_few_groups_are_refused():
    with pytest.raises(
        InputError, match=r"^20 usable records in 2 groups cannot be split in three"
    ):
        split(records_of([10, 10]), SplitBy.GROUP, 0)
    with pytest.raises(InputError, match=r"^2 usable records in 2 records"):
        split(records_of([2]), SplitBy.RECORD, 0)
    with pytest.raises(InputError, match=r"^0 usable records"):
        split([], SplitBy.GROUP, 0)


def test_a_record_keeps_all_it_has():
    record = records_of([3] * 3)[0]
    parts = split(
        [record, *(replace(r, code="B") for r in records_of([3] * 3)[3:])], SplitBy.GROUP, 0
    )
    assert any(kept is record for part in parts.parts().values() for kept in part)

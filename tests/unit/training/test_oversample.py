"""Rare codes are drawn more often; nothing is left out."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from training.oversample import oversample

CODES = st.lists(st.sampled_from("ABCD"), max_size=40)


def drawn(codes, times) -> Counter[str]:
    counts: Counter[str] = Counter()
    for code, n in zip(codes, times, strict=True):
        counts[code] += n
    return counts


@given(CODES, st.integers(0, 30), st.integers(0, 200), st.integers(0, 9))
def test_each_record_at_least_once_each_code_often_enough_and_the_total_reached(
    codes, at_least, total, seed
):
    times = oversample(codes, at_least, total, seed)
    assert len(times) == len(codes)
    assert all(n >= 1 for n in times)
    counts = drawn(codes, times)
    assert all(n >= at_least for n in counts.values())
    raised = sum(max(n, at_least) for n in Counter(codes).values())
    assert sum(times) == (max(raised, total) if codes else 0)


def test_a_code_that_is_frequent_enough_is_not_raised():
    codes = ["A"] * 5 + ["B"] * 60
    assert drawn(codes, oversample(codes, 50, 0, 0)) == {"A": 50, "B": 60}


def test_nothing_is_drawn_twice_when_switched_off():
    assert oversample(list("AAB"), 0, 0, 0) == [1, 1, 1]


def test_the_seed_decides():
    codes = ["A"] * 10 + ["B"] * 10
    assert oversample(codes, 50, 300, 1) == oversample(codes, 50, 300, 1)
    assert oversample(codes, 50, 300, 1) != oversample(codes, 50, 300, 2)

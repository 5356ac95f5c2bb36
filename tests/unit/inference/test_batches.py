from hypothesis import given
from hypothesis import strategies as st

from bot.inference.batches import batches, mask, padded

LENGTHS = st.lists(st.integers(1, 40), max_size=60)


@given(LENGTHS, st.integers(1, 200), st.booleans())
def test_every_position_stands_in_exactly_one_batch(
    lengths: list[int], cap: int, exact: bool
) -> None:
    found = batches(lengths, cap, exact=exact)
    assert sorted(p for batch in found for p in batch) == list(range(len(lengths)))
    assert all(found)


@given(LENGTHS, st.integers(1, 200), st.booleans())
def test_padded_tokens_stay_under_the_cap(lengths: list[int], cap: int, exact: bool) -> None:
    for batch in batches(lengths, cap, exact=exact):
        assert len(batch) == 1 or len(batch) * max(lengths[p] for p in batch) <= cap


@given(LENGTHS, st.integers(1, 200))
def test_exact_batches_hold_one_length(lengths: list[int], cap: int) -> None:
    for batch in batches(lengths, cap, exact=True):
        assert len({lengths[p] for p in batch}) == 1


def test_like_lengths_go_together_and_batches_are_filled() -> None:
    assert batches([9, 2, 9, 3, 2], 18, exact=False) == [[1, 4, 3], [0, 2]]
    assert batches([9, 2, 9, 3, 2], 18, exact=True) == [[1, 4], [3], [0, 2]]
    assert batches([5] * 5, 10, exact=True) == [[0, 1], [2, 3], [4]]


def test_rows_are_filled_up_at_the_right_and_masked_there() -> None:
    rows = [(7, 8, 9), (4,)]
    assert padded(rows).tolist() == [[7, 8, 9], [4, 0, 0]]
    assert mask(rows).tolist() == [[1, 1, 1], [1, 0, 0]]

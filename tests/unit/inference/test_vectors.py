from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inference.vectors import VectorCache


def vector(text: tuple[int, ...]) -> np.ndarray:
    return np.array(text, dtype=np.float32)


def test_remembers_by_token_ids() -> None:
    cache = VectorCache(4)
    cache.remember({(1, 2): vector((1, 2))})
    assert list(cache.known([(1, 2), (1, 3)])) == [(1, 2)]


def test_forgets_what_was_used_the_longest_ago() -> None:
    cache = VectorCache(2)
    cache.remember({(1,): vector((1,)), (2,): vector((2,))})
    cache.known([(1,)])
    cache.remember({(3,): vector((3,))})
    assert set(cache.known([(1,), (2,), (3,)])) == {(1,), (3,)}


def test_capacity_zero_remembers_nothing_and_less_is_refused() -> None:
    cache = VectorCache(0)
    cache.remember({(1,): vector((1,))})
    assert len(cache) == 0
    with pytest.raises(ValueError, match="-1"):
        VectorCache(-1)


@given(st.lists(st.tuples(st.integers(0, 20)), max_size=80), st.integers(0, 8))
def test_never_holds_more_than_its_capacity(texts: list[tuple[int]], capacity: int) -> None:
    cache = VectorCache(capacity)
    for text in texts:
        cache.remember({text: vector(text)})
        assert len(cache) <= capacity


def test_is_safe_between_threads() -> None:
    cache = VectorCache(8)

    def work(seed: int) -> bool:
        right = True
        for n in range(2000):
            text = ((seed * n) % 30,)
            cache.remember({text: vector(text)})
            right &= all((v == vector(t)).all() for t, v in cache.known([text, (n % 30,)]).items())
        return right

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(1, 5)))
    assert len(cache) <= 8

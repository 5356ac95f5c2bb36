"""What is held back comes in the order of its keys, once, and not later than it must."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.holding import Holding


def test_without_a_holder_an_act_is_done_at_once() -> None:
    done: list[int] = []
    holding = Holding()
    with holding.hold("t"):
        assert holding.held("t")
        holding.admit("other", 1, lambda: done.append(1))
    assert done == [1]
    assert not holding.held("t")
    holding.admit("t", 2, lambda: done.append(2))
    assert done == [1, 2]


@given(st.lists(st.integers(0, 5)))
def test_what_waited_comes_by_key_and_then_by_call(keys: list[int]) -> None:
    done: list[tuple[int, int]] = []
    holding = Holding()
    with holding.hold("t"):
        for call, key in enumerate(keys):
            holding.admit("t", key, lambda each=(key, call): done.append(each))
        assert done == []
    assert done == sorted((key, call) for call, key in enumerate(keys))


def test_the_last_holder_releases() -> None:
    done: list[int] = []
    holding = Holding()
    with holding.hold("t"):
        with holding.hold("t"):
            holding.admit("t", 1, lambda: done.append(1))
        assert done == []
        assert holding.held("t")
    assert done == [1]


def test_a_block_that_fails_releases() -> None:
    done: list[int] = []
    holding = Holding()

    def history() -> None:
        with holding.hold("t"):
            holding.admit("t", 1, lambda: done.append(1))
            raise ValueError("history")

    with pytest.raises(ValueError, match="history"):
        history()
    assert done == [1]


def test_an_act_that_fails_does_not_keep_the_others() -> None:
    done: list[int] = []
    holding = Holding()

    def failing() -> None:
        raise RuntimeError("closed")

    with holding.hold("t"):
        holding.admit("t", 1, failing)
        holding.admit("t", 2, lambda: done.append(2))
    assert done == [2]
    with pytest.raises(RuntimeError, match="closed"):
        holding.admit("t", 3, failing)


async def test_nobody_holds_longer_than_agreed() -> None:
    released = asyncio.Event()
    holding = Holding()
    with holding.hold("t", at_most=0.01):
        holding.admit("t", 1, released.set)
        await asyncio.wait_for(released.wait(), 10)
        assert not holding.held("t")
        with holding.hold("t"):
            assert holding.held("t")
    assert not holding.held("t")


async def test_who_holds_without_limit_is_not_left_alone() -> None:
    done: list[int] = []
    holding = Holding()
    first = asyncio.Event()
    with holding.hold("t"):
        with holding.hold("t", at_most=0.0):
            holding.admit("t", 1, lambda: done.append(1))
            asyncio.get_running_loop().call_later(0.0, first.set)
            await asyncio.wait_for(first.wait(), 10)
        assert done == []
    assert done == [1]


def test_what_is_dropped_is_never_called() -> None:
    holding, called = Holding(), []
    with holding.hold("1"):
        holding.admit("1", 1, lambda: called.append(1))
        holding.drop()
    assert called == []
    holding.admit("1", 2, lambda: called.append(2))
    assert called == [2]

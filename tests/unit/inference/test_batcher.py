import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput, PairInput
from bot.inference.batcher import Batcher
from bot.inference.engine import EngineError


def item(number: int, tokens: int = 2) -> PairInput:
    return PairInput((number,) * tokens, (0,) * tokens, 0, cut=False)


class Gated:
    """An engine that answers only while its gate is open, and remembers its batches."""

    name, labels, fingerprint = "gated", ("a", "b"), "f"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.batches: list[list[int]] = []
        self.fail_on: int | None = None
        self.error: Exception = EngineError("out of order.")
        self.threads: set[int] = set()

    def score(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        numbers = [given.ids[0] for given in inputs if isinstance(given, PairInput)]
        self.batches.append(numbers)
        self.threads.add(threading.get_ident())
        self.entered.release()
        assert self.gate.wait(30)
        if self.fail_on in numbers:
            raise self.error
        return np.array([[n, 1] for n in numbers], dtype=np.float32)

    def close(self) -> None:
        pass


async def busy(engine: Gated, batcher: Batcher) -> "asyncio.Task[NDArray[np.float32]]":
    """Start a request, number 0, and return once the engine is at work on it."""
    first = asyncio.create_task(batcher.score(item(0)))
    await asyncio.to_thread(engine.entered.acquire)
    return first


async def start(batcher: Batcher, *items: PairInput) -> "list[asyncio.Task[NDArray[np.float32]]]":
    tasks = [asyncio.create_task(batcher.score(given)) for given in items]
    await asyncio.sleep(0)  # one turn of the loop: all have queued up
    return tasks


async def test_scores_at_once_and_then_all_that_waited_together() -> None:
    engine = Gated()
    async with Batcher(engine) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, *map(item, range(1, 6)))
        engine.gate.set()
        rows = await asyncio.gather(first, *waiting)
    assert engine.batches == [[0], [1, 2, 3, 4, 5]]
    assert [row[0] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert threading.get_ident() not in engine.threads
    assert len(engine.threads) == 1


async def test_a_batch_holds_no_more_padded_tokens_than_the_cap() -> None:
    engine = Gated()
    async with Batcher(engine, max_padded_tokens=20) as batcher:
        first = await busy(engine, batcher)
        lengths = (5, 5, 5, 5, 5, 9, 9, 9, 50, 1)
        waiting = await start(batcher, *(item(n, t) for n, t in enumerate(lengths, 1)))
        engine.gate.set()
        await asyncio.gather(first, *waiting)
    assert engine.batches == [[0], [1, 2, 3, 4], [5, 6], [7, 8], [9], [10]]


async def test_an_engine_error_reaches_every_waiter_of_the_batch_and_no_other() -> None:
    engine = Gated()
    engine.fail_on = 2
    async with Batcher(engine) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, item(1), item(2), item(3))
        engine.gate.set()
        assert (await first)[0] == 0
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(a) for a in answers] == ["out of order."] * 3
        assert all(isinstance(a, EngineError) for a in answers)
        assert len({id(a) for a in answers}) == 3
        assert (await batcher.score(item(7)))[0] == 7


async def test_what_is_no_engine_error_is_made_one_and_the_batcher_goes_on() -> None:
    engine = Gated()
    engine.gate.set()
    engine.fail_on, engine.error = 1, ZeroDivisionError("by zero")
    async with Batcher(engine) as batcher:
        with pytest.raises(EngineError, match="failed with ZeroDivisionError"):
            await batcher.score(item(1))
        assert (await batcher.score(item(2)))[0] == 2


async def test_too_few_rows_leave_nobody_hanging() -> None:
    class Short(Gated):
        def score(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
            return np.zeros((len(inputs) - 1, 2), dtype=np.float32)

    async with Batcher(Short()) as batcher:
        with pytest.raises(EngineError):
            await asyncio.wait_for(batcher.score(item(1)), 30)


async def test_a_cancelled_waiter_is_not_scored() -> None:
    engine = Gated()
    async with Batcher(engine) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, item(1), item(2), item(3))
        waiting[1].cancel()
        engine.gate.set()
        answers = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert engine.batches == [[0], [1, 3]]
    assert isinstance(answers[2], asyncio.CancelledError)
    assert [answers[0][0], answers[1][0], answers[3][0]] == [0, 1, 3]  # type: ignore[index]


async def test_a_waiter_cancelled_this_very_moment_is_not_scored_either() -> None:
    engine = Gated()
    async with Batcher(engine) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, item(1), item(2))
        waiting[0].cancel()
        # The runner's turn may come before the cancelled caller's.
        taken = batcher._take()
        assert [waiter.given for waiter in taken] == [item(2)]
        taken[0].future.set_result(np.zeros(2, dtype=np.float32))
        engine.gate.set()
        await asyncio.gather(first, *waiting, return_exceptions=True)


async def test_a_waiter_cancelled_while_it_is_scored_harms_no_other() -> None:
    engine = Gated()
    async with Batcher(engine) as batcher:
        first = await busy(engine, batcher)
        first.cancel()
        engine.gate.set()
        assert (await batcher.score(item(4)))[0] == 4
    assert first.cancelled()


async def test_further_callers_wait_to_be_let_in_when_the_queue_is_full() -> None:
    engine = Gated()
    async with Batcher(engine, max_waiting=2) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, *map(item, range(1, 6)))
        engine.gate.set()
        rows = await asyncio.gather(first, *waiting)
    assert [row[0] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert max(map(len, engine.batches)) == 2


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    engine = Gated()
    async with Batcher(engine, max_waiting=1) as batcher:
        first = await busy(engine, batcher)
        waiting = await start(batcher, item(1), item(2), item(3))
        waiting[0].cancel()
        waiting[1].cancel()
        engine.gate.set()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        assert (await waiting[2])[0] == 3
    assert engine.batches == [[0], [3]]


async def test_close_answers_those_who_wait_and_can_be_called_twice() -> None:
    engine = Gated()
    batcher = Batcher(engine)
    first = await busy(engine, batcher)
    waiting = await start(batcher, item(1))
    closing = [asyncio.create_task(batcher.close()) for _ in range(2)]
    engine.gate.set()
    await asyncio.gather(*closing)
    assert [(await first)[0], (await waiting[0])[0]] == [0, 1]
    await batcher.close()
    with pytest.raises(EngineError, match="closed"):
        await batcher.score(item(2))


async def test_close_without_drain_fails_those_who_wait() -> None:
    engine = Gated()
    batcher = Batcher(engine, max_waiting=2)
    first = await busy(engine, batcher)
    waiting = await start(batcher, *map(item, range(1, 6)))
    closing = asyncio.create_task(batcher.close(drain=False))
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(a) for a in answers] == [EngineError] * 5
    engine.gate.set()
    await closing
    assert (await first)[0] == 0


async def test_close_of_an_unused_batcher() -> None:
    await Batcher(Gated()).close()


def test_nobody_hangs_when_the_loop_is_torn_down() -> None:
    engine = Gated()
    answers: list[BaseException | None] = []

    async def ask(batcher: Batcher) -> None:
        try:
            await batcher.score(item(1))
        except BaseException as error:
            answers.append(error)
            raise

    async def main() -> None:
        batcher = Batcher(engine)
        await busy(engine, batcher)
        asyncio.get_running_loop().call_later(0, engine.gate.set)
        await start(batcher)
        main.kept = asyncio.create_task(ask(batcher))  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    asyncio.run(main())
    assert len(answers) == 1


@pytest.mark.parametrize("bad", [{"max_waiting": 0}, {"max_padded_tokens": 0}])
def test_bounds_below_one_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="give 1 or more"):
        Batcher(Gated(), **bad)

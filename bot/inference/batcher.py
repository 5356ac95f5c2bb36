"""Waiting requests -> batches for the engine; bounded, and nobody is left hanging."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput
from bot.inference.engine import Engine, EngineError

Row = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """One request, and the future that its caller awaits."""

    given: EncoderInput
    future: asyncio.Future[Row]


class Batcher:
    """Scores what waits, in the order of arrival, as soon as the engine is free.

    It never waits for a batch to fill. The engine runs in one worker thread, so the event
    loop goes on; a batch holds at most `max_padded_tokens` tokens with padding (one longer
    request makes its own batch), and at most `max_waiting` requests wait: further callers
    wait to be let in. A failure of the engine reaches every caller of that batch, and the
    next batch is tried as if nothing had happened. A caller that was cancelled while it
    waited is not scored. For use within one event loop.
    """

    def __init__(
        self, engine: Engine, max_waiting: int = 1024, max_padded_tokens: int = 2048
    ) -> None:
        if max_waiting < 1 or max_padded_tokens < 1:
            raise ValueError(f"{max_waiting=}, {max_padded_tokens=}: give 1 or more")
        self.engine = engine
        self._max_padded_tokens = max_padded_tokens
        self._waiting: deque[_Waiter] = deque()
        self._room = asyncio.Semaphore(max_waiting)
        self._wake = asyncio.Event()
        self._closed = False
        self._runner: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="engine")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Who leaves by an error does not want to wait for answers that nobody reads.
        await self.close(drain=error is None)

    async def score(self, given: EncoderInput) -> Row:
        """Return the probabilities (labels,) of one input.

        Raises EngineError if the engine failed on the batch, or the batcher is closed.
        """
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise _closed()
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), name="batcher")
        waiter = _Waiter(given, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._wake.set()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                self._room.release()
            raise

    async def close(self, *, drain: bool = True) -> None:
        """Answer all who were let in (without `drain`: fail them), and stop.

        Callers not let in yet get an EngineError. The engine stays open: it is its opener's.
        A second call does nothing but wait for the first.
        """
        self._closed = True
        if not drain:
            self._fail_waiting()
        self._wake.set()
        if self._runner is not None:
            await asyncio.wait([self._runner])
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        try:
            while batch := await self._next():
                await self._answer(batch)
        finally:
            # Also when the loop is being torn down: nobody is left hanging.
            self._closed = True
            self._fail_waiting()

    async def _next(self) -> list[_Waiter]:
        """Return the next batch, as soon as there is one; an empty one after close."""
        while not (batch := self._take()):
            if self._closed:
                break
            self._wake.clear()
            await self._wake.wait()
        return batch

    def _take(self) -> list[_Waiter]:
        """Remove and return the requests that wait, in order, up to the cap on tokens."""
        batch: list[_Waiter] = []
        longest = 0
        while self._waiting:
            longest = max(longest, self._waiting[0].given.tokens)
            if batch and longest * (len(batch) + 1) > self._max_padded_tokens:
                break
            waiter = self._waiting.popleft()
            self._room.release()
            # Done already: cancelled, and its caller has not yet had its turn to leave.
            if not waiter.future.done():
                batch.append(waiter)
        return batch

    async def _answer(self, batch: Sequence[_Waiter]) -> None:
        inputs = [waiter.given for waiter in batch]
        loop = asyncio.get_running_loop()
        problem = _closed()
        try:
            rows = await loop.run_in_executor(self._thread, self.engine.score, inputs)
            for waiter, row in zip(batch, rows, strict=True):
                if not waiter.future.done():
                    waiter.future.set_result(row)
        except EngineError as error:
            problem = error
        except Exception as error:  # noqa: BLE001 - told to every caller, never dropped
            # Without the error's own text: a library may quote what it was given.
            problem = EngineError(
                f"the engine failed with {type(error).__name__}: nothing of this batch was scored; "
                "try another engine (onnx or torch)."
            )
            problem.__cause__ = error
        finally:
            for waiter in batch:
                _fail(waiter, problem)

    def _fail_waiting(self) -> None:
        while self._waiting:
            _fail(self._waiting.popleft(), _closed())
            self._room.release()


def _fail(waiter: _Waiter, problem: EngineError) -> None:
    """Give the caller an exception of its own: a shared one would mix their tracebacks."""
    if not waiter.future.done():
        own = EngineError(*problem.args)
        own.__cause__ = problem
        waiter.future.set_exception(own)


def _closed() -> EngineError:
    return EngineError("the batcher is closed: nothing is scored any more.")

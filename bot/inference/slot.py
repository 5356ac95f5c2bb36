"""The place of the active coder: warmed up before it serves, swapped without a gap."""

from __future__ import annotations

import asyncio
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.inference.batcher import Batcher
from bot.inference.engine import Engine, EngineError


class Active:
    """A coder that serves: how it reads windows, what scores them, and how many use it now.

    Encoder, labels and fingerprint belong together: take all of them from one Active.
    """

    def __init__(self, encoder: Encoder, engine: Engine, batcher: Batcher) -> None:
        self.encoder = encoder
        self.engine = engine
        self._batcher = batcher
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def score(self, given: EncoderInput) -> NDArray[np.float32]:
        """Return the probabilities (labels,) of an input that `encoder` made."""
        return await self._batcher.score(given)

    def __enter__(self) -> Self:
        self._users += 1
        self._idle.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users:
            self._idle.set()

    async def retire(self) -> None:
        """Wait until nobody uses this coder, then close its batcher and its engine."""
        try:
            await self._idle.wait()
            await self._batcher.close()
        finally:
            self.engine.close()


class Slot:
    """Holds the active coder. A swap lets those in flight end with the coder they began with."""

    def __init__(self, *, max_waiting: int = 1024, max_padded_tokens: int = 2048) -> None:
        self._max_waiting = max_waiting
        self._max_padded_tokens = max_padded_tokens
        self._active: Active | None = None
        self._swapping = asyncio.Lock()
        self._closed = False

    @property
    def active(self) -> Active | None:
        """The coder that serves now, to look at; `use` it to score."""
        return self._active

    def use(self) -> Active:
        """Return the active coder for a `with` block, to whose end it stays open.

        Raises EngineError if there is none.
        """
        if self._active is None:
            raise EngineError("no coder is active: load a bundle first.")
        return self._active

    async def swap(self, encoder: Encoder, engine: Engine) -> None:
        """Make `engine` the active coder, and close the one before once it is idle.

        It is warmed up first, on a short and on its longest input, while the old one serves.
        Raises EngineError if that fails: the old one stays, and the new one is closed.
        """
        async with self._swapping:
            try:
                if self._closed:
                    raise EngineError("the slot is closed: start again to load a bundle.")
                await asyncio.to_thread(warm_up, encoder, engine)
            except BaseException:
                engine.close()
                raise
            batcher = Batcher(engine, self._max_waiting, self._max_padded_tokens)
            before, self._active = self._active, Active(encoder, engine, batcher)
            if before is not None:
                await before.retire()

    async def close(self) -> None:
        """Let those in flight end, then close the active coder; a second call does nothing."""
        async with self._swapping:
            self._closed = True
            before, self._active = self._active, None
            if before is not None:
                await before.retire()


def warm_up(encoder: Encoder, engine: Engine) -> None:
    """Score a short input and the longest possible one; raises EngineError.

    The first run of a network is slow, and what does not fit into memory shall show now.
    """
    scenario = Scenario("warm-up", "warm-up", "warm up")
    texts = ("hello", "hello " * encoder.spec.max_tokens)
    messages = [Message(t[:5], "", scenario.id, n, "", None, t) for n, t in enumerate(texts, 1)]
    inputs = [encoder.encode(Window(scenario, (), message)) for message in messages]
    engine.score(inputs)

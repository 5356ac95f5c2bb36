"""Stored messages -> a model's decisions: window, encode, score; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.domain.coding import Prediction
from bot.domain.window import Window, window
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.services.tails import Tails
from bot.storage.rows import StoredMessage

_LARGE = 4_000  # characters to be encoded from which the event loop is left alone (about 5 ms)


class Scorer(Protocol):
    """What scores one input at a time for many callers: inference's Batcher."""

    async def score(self, given: EncoderInput, /) -> NDArray[np.float32]:
        """Return the probabilities (labels,) of one input."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What the model decided on a message, and what it saw."""

    stored: StoredMessage
    prediction: Prediction
    window_size: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no decision on a message; it stays pending."""

    stored: StoredMessage
    error: Exception


class Decider:
    """Decides on groups of messages with one model."""

    def __init__(
        self, encoder: Encoder, scorer: Scorer, labels: Sequence[str], tails: Tails
    ) -> None:
        self._encoder = encoder
        self._scorer = scorer
        self._labels = labels
        self._tails = tails

    async def decide(self, group: Sequence[StoredMessage]) -> list[Decision | Failure]:
        """Return a decision or a failure for each message of `group`, in order."""
        windows = await self._windows(group)
        if sum(len(w.target.text) for w in windows) > _LARGE:
            inputs = await asyncio.to_thread(self._encode, windows)
        else:
            inputs = self._encode(windows)
        found = await asyncio.gather(
            *(self._one(s, given) for s, given in zip(group, inputs, strict=True))
        )
        return list(found)

    async def _windows(self, group: Sequence[StoredMessage]) -> list[Window]:
        epoch = self._tails.epoch
        limit = self._encoder.spec.window
        windows = []
        for stored in group:
            earlier = await self._tails.before(stored)
            windows.append(window(earlier, stored.scenario, stored.message, limit))
            self._tails.follow(earlier, stored)
        if self._tails.epoch != epoch:  # the log was changed meanwhile: what we kept may be old
            self._tails.clear()
        return windows

    def _encode(self, windows: Sequence[Window]) -> list[EncoderInput | Exception]:
        inputs: list[EncoderInput | Exception] = []
        for each in windows:
            try:
                inputs.append(self._encoder.encode(each))
            except Exception as error:  # noqa: BLE001 - one message's failure is its own
                inputs.append(error)
        return inputs

    async def _one(
        self, stored: StoredMessage, given: EncoderInput | Exception
    ) -> Decision | Failure:
        if isinstance(given, Exception):
            return Failure(stored, given)
        try:
            probabilities = await self._scorer.score(given)
            prediction = Prediction.of(probabilities.tolist(), self._labels)
        except Exception as error:  # noqa: BLE001 - one message's failure is its own
            return Failure(stored, error)
        return Decision(stored, prediction, given.window, given.cut)

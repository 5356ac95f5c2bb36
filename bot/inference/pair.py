"""Scoring by the `pair` architecture: one pass over each sequence pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput, PairInput
from bot.inference.batches import PADDED_TOKENS, batches, mask, padded
from bot.inference.engine import EngineError

RunPair = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""(ids, mask, types), each (n, length) -> logits (n, labels)."""


class PairScorer:
    """Batches pair inputs through a network that runs wherever `run` runs it."""

    def __init__(
        self, run: RunPair, *, max_padded_tokens: int = PADDED_TOKENS, exact: bool = True
    ) -> None:
        self._run = run
        self._max_padded_tokens = max_padded_tokens
        self._exact = exact

    def logits(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        """Return logits (n, labels) in the order of `inputs`, of which there is at least one."""
        pairs = [self._checked(given) for given in inputs]
        lengths = [pair.tokens for pair in pairs]
        order: list[int] = []
        parts: list[NDArray[np.float32]] = []
        for batch in batches(lengths, self._max_padded_tokens, exact=self._exact):
            ids = [pairs[p].ids for p in batch]
            types = [pairs[p].types for p in batch]
            parts.append(self._run(padded(ids), mask(ids), padded(types)))
            order += batch
        return np.concatenate(parts)[np.argsort(order)]

    @staticmethod
    def _checked(given: EncoderInput) -> PairInput:
        if not isinstance(given, PairInput):
            raise EngineError(
                f"the pair engine was given a {type(given).__name__}: encode with the encoder "
                "of the same bundle."
            )
        return given

"""Scoring by the `thread` architecture: each text once, then a head over the vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput, ThreadInput
from bot.inference.batches import PADDED_TOKENS, batches, mask, padded
from bot.inference.engine import EngineError
from bot.inference.vectors import TokenIds, Vector, VectorCache

RunEncoder = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
"""(ids, mask), each (n, length) -> vectors (n, hidden)."""

RunHead = Callable[
    [NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]],
    NDArray[np.float32],
]
"""(scenario, messages, present, same_speaker) as in network.ThreadHead -> logits (n, labels)."""

HEAD_ROWS = 64
"""Most messages in one run of the head."""


class ThreadScorer:
    """Encodes the texts that it has not met lately, and runs the head over their vectors.

    The head always reads `window` + 1 places, so that no result depends on how long the
    windows of other messages in the batch are; empty places are masked.
    """

    def __init__(
        self,
        run_encoder: RunEncoder,
        run_head: RunHead,
        *,
        window: int,
        cache: VectorCache | None = None,
        max_padded_tokens: int = PADDED_TOKENS,
        exact: bool = True,
    ) -> None:
        self._run_encoder = run_encoder
        self._run_head = run_head
        self._places = window + 1
        self._cache = VectorCache() if cache is None else cache
        self._max_padded_tokens = max_padded_tokens
        self._exact = exact

    def logits(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        """Return logits (n, labels) in the order of `inputs`, of which there is at least one."""
        threads = [self._checked(given) for given in inputs]
        vectors = self._vectors(text for t in threads for text in (t.scenario, *t.messages))
        parts = [
            self._head(threads[start : start + HEAD_ROWS], vectors)
            for start in range(0, len(threads), HEAD_ROWS)
        ]
        return np.concatenate(parts)

    def _vectors(self, texts: Iterable[TokenIds]) -> dict[TokenIds, Vector]:
        wanted = dict.fromkeys(texts)
        vectors = self._cache.known(wanted)
        missing = [text for text in wanted if text not in vectors]
        lengths = [len(text) for text in missing]
        for batch in batches(lengths, self._max_padded_tokens, exact=self._exact):
            part = [missing[p] for p in batch]
            rows = self._run_encoder(padded(part), mask(part))
            # Copies: a view would keep the whole batch in memory for as long as one row lives.
            new = {text: row.copy() for text, row in zip(part, rows, strict=True)}
            self._cache.remember(new)
            vectors |= new
        return vectors

    def _head(
        self, threads: Sequence[ThreadInput], vectors: dict[TokenIds, Vector]
    ) -> NDArray[np.float32]:
        scenario = np.stack([vectors[t.scenario] for t in threads])
        shape = (len(threads), self._places)
        messages = np.zeros((*shape, scenario.shape[1]), dtype=np.float32)
        present = np.zeros(shape, dtype=np.bool_)
        same_speaker = np.zeros(shape, dtype=np.int64)
        for row, thread in enumerate(threads):
            first = self._places - len(thread.messages)
            messages[row, first:] = [vectors[text] for text in thread.messages]
            present[row, first:] = True
            same_speaker[row, first:] = thread.same_speaker
        return self._run_head(scenario, messages, present, same_speaker)

    def _checked(self, given: EncoderInput) -> ThreadInput:
        if not isinstance(given, ThreadInput):
            raise EngineError(
                f"the thread engine was given a {type(given).__name__}: encode with the "
                "encoder of the same bundle."
            )
        if len(given.messages) > self._places:
            raise EngineError(
                f"a window of {given.window} messages is longer than the {self._places - 1} "
                "that this bundle reads: encode with the encoder of the same bundle."
            )
        return given

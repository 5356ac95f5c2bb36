"""The engine that computes in this process, whatever it computes with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput
from bot.inference.engine import EngineError


class Scorer(Protocol):
    """Turns at least one input into logits; PairScorer and ThreadScorer are the two."""

    def logits(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        """Return logits (n, labels), in order. Raises EngineError."""
        ...


class LocalEngine:
    """An Engine around a scorer: temperature, softmax, checks, and what close means."""

    def __init__(
        self,
        name: str,
        labels: tuple[str, ...],
        fingerprint: str,
        scorer: Scorer,
        temperature: float = 1.0,
    ) -> None:
        """Give the `scorer`'s logits, divided by the bundle's `temperature`, as probabilities."""
        self.name = name
        self.labels = labels
        self.fingerprint = fingerprint
        self._temperature = temperature
        self._scorer: Scorer | None = scorer

    def score(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        """Return probabilities (len(inputs), len(labels)); see Engine.score."""
        scorer = self._scorer
        if scorer is None:
            raise EngineError(f"the engine {self.name} is closed: open the bundle again.")
        if not inputs:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        logits = scorer.logits(inputs)
        if logits.shape != (len(inputs), len(self.labels)):
            raise EngineError(
                f"the network gave {logits.shape[-1]} values a message for {len(self.labels)} "
                "codes: the bundle's files do not belong together; train it again."
            )
        if not np.isfinite(logits).all():
            raise EngineError(
                "the network gave a value that is no number: its weights are damaged; "
                "train the bundle again."
            )
        return softmax(logits, self._temperature)

    def close(self) -> None:
        """Let go of the network; whoever is scoring right now still gets an answer."""
        self._scorer = None


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float32]:
    """Return probabilities (n, labels) in float32; each row sums to 1.

    The logits are divided by `temperature` before (Guo et al. 2017): the order of the codes
    stays, what the first is sure of changes.
    """
    # float64 inside costs nothing at this size and leaves one rounding at the end.
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted / temperature)
    probabilities: NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(
        np.float32
    )
    return probabilities

"""What every engine can do: token ids in, probabilities over the codes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import IntercoderError
from bot.encoding.inputs import EncoderInput


class EngineError(IntercoderError):
    """An engine that cannot be opened, or could not score what it was given."""


class Engine(Protocol):
    """One trained coder, ready to score.

    `name` tells what computes, such as "onnx-cpu"; `labels` are the codes in the order of the
    columns; `fingerprint` names the bundle, and so the coder, in every coding.
    """

    @property
    def name(self) -> str:
        """What computes: implementation and device."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The codes, in the order of the columns of `score`."""
        ...

    @property
    def fingerprint(self) -> str:
        """The bundle's fingerprint (sha-256, hex)."""
        ...

    def score(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        """Return probabilities (len(inputs), len(labels)); each row sums to 1.

        Synchronous and safe to call from several threads. A row depends on its own input
        alone, not on what it is scored with. Raises EngineError.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; a second call does nothing. Scoring then raises."""
        ...

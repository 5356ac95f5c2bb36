"""An engine without a network: probabilities from a hash of the token ids.

For tests and rehearsals: a real Engine that passes the same contract tests, in microseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput
from bot.inference.bundle import Bundle
from bot.inference.local import LocalEngine


class _HashScorer:
    """Logits between -2 and 2 that depend on every part of the input and the seed."""

    def __init__(self, labels: int, seed: int) -> None:
        self._labels = labels
        self._seed = seed

    def logits(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        return np.stack([self._row(given) for given in inputs])

    def _row(self, given: EncoderInput) -> NDArray[np.float32]:
        # The repr of a frozen dataclass of ints and bools is the same in every process.
        text = f"{self._seed} {given!r}".encode()
        digest = hashlib.shake_256(text).digest(4 * self._labels)
        whole = np.frombuffer(digest, dtype="<u4").astype(np.float64)
        return (4 * whole / 2**32 - 2).astype(np.float32)


def fake_bundle(bundle: Bundle) -> Bundle:
    """Return the coder that the fake engine makes of `bundle`: it reads alike and knows nothing.

    It is a coder of its own, called "fake", so that its codes never count as the bundle's. No
    bundle on disk has its fingerprint, whatever it is called: its manifest lists no files.
    """
    own = replace(
        bundle.manifest,
        name="fake",
        network={},
        base_model={},
        training={},
        metrics={},
        held_out=(),
        files={},
    )
    return Bundle(bundle.path, own)


def fake_engine(
    labels: tuple[str, ...],
    fingerprint: str = "fake",
    seed: int = 0,
    temperature: float = 1.0,
) -> LocalEngine:
    """Return an engine whose answers are a fixed function of the input and the seed."""
    return LocalEngine("fake", labels, fingerprint, _HashScorer(len(labels), seed), temperature)

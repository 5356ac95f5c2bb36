"""Sequences -> rectangular batches, cut by padded tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PADDED_TOKENS = 1024
"""Most tokens, padding included, in one run. Beyond some hundred a CPU gains nothing from a
larger batch, and the memory of a run grows with it."""

CUDA_PADDED_TOKENS = 16_384
"""The same on a GPU, where a run is bound by its start."""


def batches(lengths: Sequence[int], max_padded_tokens: int, *, exact: bool) -> list[list[int]]:
    """Return the positions of `lengths`, each once, as batches of sequences to run together.

    Batches hold sequences of similar length, shortest first, and at most `max_padded_tokens`
    tokens with padding (a longer single sequence makes its own batch). With `exact` all
    sequences of a batch have the same length, so nothing is padded: the rows of a matrix
    product do not see each other, and a result is the same to the last bit in any company.
    """
    found: list[list[int]] = []
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda p: (lengths[p], p)):
        length = lengths[position]
        full = (len(batch) + 1) * length > max_padded_tokens
        if batch and (full or (exact and length != lengths[batch[0]])):
            found.append(batch)
            batch = []
        batch.append(position)
    return [*found, batch] if batch else found


def padded(sequences: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return the sequences as rows of one array (n, longest), filled up with 0 at the right."""
    array = np.zeros((len(sequences), max(map(len, sequences))), dtype=np.int64)
    for row, sequence in zip(array, sequences, strict=True):
        row[: len(sequence)] = sequence
    return array


def mask(sequences: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return 1 for the tokens and 0 for the padding of `padded(sequences)`."""
    lengths = np.array([len(s) for s in sequences])[:, None]
    return (np.arange(lengths.max())[None, :] < lengths).astype(np.int64)

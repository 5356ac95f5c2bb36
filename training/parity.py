"""Does what serves code as what learned? The ONNX graph against the torch network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.gate import PARITY, Parity
from training.scored import Scored


def parity(onnx: Scored, torch: Scored) -> Parity:
    """Return how far the two differ on the same messages.

    Another code counts only where torch's two likeliest codes are further apart than what the
    probabilities may differ by: a tie can fall either way, and neither side is wrong.
    """
    if not len(onnx.message_ids):
        return Parity(0.0, 0)
    largest = float(np.abs(onnx.probabilities - torch.probabilities).max())
    other = onnx.predicted != torch.predicted
    return Parity(largest, int((other & (_lead(torch.probabilities) > 2 * PARITY)).sum()))


def _lead(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return by how much the likeliest code (n,) leads before the next."""
    ordered = np.sort(probabilities.astype(np.float64), axis=1)
    lead: NDArray[np.float64] = ordered[:, -1] - ordered[:, -2]
    return lead

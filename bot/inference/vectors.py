"""The message vectors that a thread engine remembers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
TokenIds = tuple[int, ...]

REMEMBERED_VECTORS = 8192
"""Some hours of talk in a dozen threads; 8,192 vectors of 384 numbers take 13 MB."""


class VectorCache:
    """The last used vectors by their token ids; safe to share between threads.

    A vector depends on its token ids alone, so a miss costs time and never changes a result.
    """

    def __init__(self, capacity: int = REMEMBERED_VECTORS) -> None:
        """Remember at most `capacity` vectors; 0 remembers nothing."""
        if capacity < 0:
            raise ValueError(f"capacity = {capacity}: give 0 or more vectors")
        self._capacity = capacity
        self._vectors: OrderedDict[TokenIds, Vector] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._vectors)

    def known(self, texts: Iterable[TokenIds]) -> dict[TokenIds, Vector]:
        """Return the remembered vectors of `texts`, and count them as used now."""
        found: dict[TokenIds, Vector] = {}
        with self._lock:
            for text in texts:
                vector = self._vectors.get(text)
                if vector is not None:
                    self._vectors.move_to_end(text)
                    found[text] = vector
        return found

    def remember(self, vectors: Mapping[TokenIds, Vector]) -> None:
        """Add `vectors`, and forget those that were used the longest ago."""
        with self._lock:
            for text, vector in vectors.items():
                self._vectors[text] = vector
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._capacity:
                self._vectors.popitem(last=False)

"""Messages with the people's code and the model's probabilities: what measures are taken of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scored:
    """One row a message, in the order of the model's labels.

    `groups` are the thread ids; `gold` (n,) holds indices into `labels`, -1 for a code that
    the model does not know; `unknown` names those codes, one for each -1, in order;
    `probabilities` is (n, labels). Raises ValueError where these do not fit together.
    """

    message_ids: tuple[str, ...]
    groups: tuple[str, ...]
    gold: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    labels: tuple[str, ...]
    comments: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.message_ids)
        lengths = {len(self.groups), len(self.comments), len(self.gold)}
        if lengths != {n} or self.probabilities.shape != (n, len(self.labels)):
            raise ValueError(f"columns of different length for {n} messages")
        if ((self.gold < -1) | (self.gold >= len(self.labels))).any():
            raise ValueError(f"gold must lie from -1 to {len(self.labels) - 1}")
        if int((self.gold == -1).sum()) != len(self.unknown):
            raise ValueError("unknown must name the code of every gold of -1")
        if set(self.unknown) & set(self.labels):
            raise ValueError("unknown names a code that stands in labels")

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The model's labels, then the codes that only people gave, sorted."""
        return (*self.labels, *sorted(set(self.unknown)))

    @cached_property
    def gold_classes(self) -> NDArray[np.int64]:
        """People's code (n,) as index into `classes`."""
        gold = np.array(self.gold, dtype=np.int64)
        gold[gold == -1] = [self.classes.index(code) for code in self.unknown]
        return gold

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """The model's code (n,) as index into `labels`; ties go to the earlier label."""
        if not len(self.message_ids):
            return np.zeros(0, dtype=np.int64)
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The probability (n,) of the model's code."""
        rows = np.arange(len(self.message_ids))
        return self.probabilities[rows, self.predicted].astype(np.float64)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether the model gave the people's code (n,)."""
        return np.asarray(self.gold_classes == self.predicted, dtype=np.bool_)

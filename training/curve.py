"""The learning curve: what each epoch cost and gave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the training records: mean losses in nats, shares of right codes, seconds.

    `train_accuracy` is over the oversampled records, with dropout on; `learning_rate` is the
    one that the epoch began with.
    """

    epoch: int
    train_loss: float
    train_accuracy: float | None
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float

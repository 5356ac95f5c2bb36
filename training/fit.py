"""The training loop: one plain pass over the steps of each epoch, the best epoch kept.

The best epoch is the one of highest validation accuracy (Simmonds & Haines: the loss has no
direct relation to accuracy), the earlier of equals.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from bot.domain.errors import IntercoderError
from bot.inference.weights import Network
from training.curve import Epoch
from training.example import Example, loss_and_hits, passes
from training.optimiser import Average, Optimiser, autocast
from training.presets import Settings
from training.steps import logits


class TrainingError(IntercoderError):
    """Training cannot go on."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a run gave; the network then holds the weights of epoch `best` (from 1)."""

    epochs: tuple[Epoch, ...]
    best: int
    interrupted: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class _Best:
    epoch: int
    accuracy: float
    weights: dict[str, Tensor]


Progress = Callable[[str, int, int], None]
"""Called with a text for people, the steps done and the steps in all."""


def fit(
    network: Network,
    units: Sequence[Sequence[Example]],
    validation: Sequence[Example],
    settings: Settings,
    progress: Progress,
    judged: Callable[[Epoch], None] = lambda _: None,
) -> Fit:
    """Train `network` in place on `units`; `settings.step` units make one optimiser step.

    A unit is what is encoded together: a discussion for `thread`, a record for `pair`.
    Without `validation` no epoch is judged, and the last one is kept.
    `judged` is told of each epoch; what it or `progress` raises ends the run.
    Ctrl-C ends the run and keeps the best epoch so far. Raises TrainingError if the loss is
    not a number or the run is interrupted before an epoch was judged.
    """
    started = time.monotonic()
    run = _Run(network, units, settings, progress)
    epochs: list[Epoch] = []
    best: _Best | None = None
    interrupted = False
    try:
        for number in range(1, settings.epochs + 1):
            began = time.monotonic()
            rate = run.learning_rate
            loss, accuracy = run.epoch(number)
            with run.averaged():  # what is judged is what is kept
                validation_loss, validation_accuracy = judge(network, validation)
                seconds = time.monotonic() - began
                epochs.append(
                    Epoch(
                        number, loss, accuracy, validation_loss, validation_accuracy, rate, seconds
                    )
                )
                if not validation or best is None or validation_accuracy > best.accuracy:
                    # One assignment, after the copy: Ctrl-C finds the old best or the new, whole.
                    best = _Best(number, validation_accuracy, _copy(network))
            progress(f"epoch {number}: {validation_accuracy:.1%} right", run.done, run.total)
            judged(epochs[-1])
    except KeyboardInterrupt:
        interrupted = True
    if best is None:
        raise TrainingError(
            "interrupted before the first epoch was judged: there is nothing to keep."
        )
    network.load_state_dict(best.weights)
    network.eval()
    return Fit(tuple(epochs), best.epoch, interrupted, time.monotonic() - started)


def judge(network: Network, examples: Sequence[Example]) -> tuple[float, float]:
    """Return mean loss and accuracy in fp32 and without dropout, each example once.

    Both are not a number where there are no examples.
    """
    if not examples:
        return math.nan, math.nan
    network.eval()
    loss_sum = hits_sum = 0.0
    with torch.inference_mode():
        for start in range(0, len(examples), 64):
            once = [Example(e.input, e.label) for e in examples[start : start + 64]]
            for one in passes(network, once):
                loss, hits = loss_and_hits(logits(network, [e.input for e in one]).float(), one)
                loss_sum += float(loss)
                hits_sum += float(hits)
    return loss_sum / len(examples), hits_sum / len(examples)


class _Run:
    """The moving parts of a run: optimiser, order of the units, steps done."""

    def __init__(
        self,
        network: Network,
        units: Sequence[Sequence[Example]],
        settings: Settings,
        progress: Progress,
    ) -> None:
        self._network = network
        self._units = units
        self._settings = settings
        self._progress = progress
        self._device = next(network.parameters()).device
        steps = math.ceil(len(units) / settings.step)
        self._optimiser = Optimiser(network, settings, steps)
        self._average = Average(network, wanted=settings.average)
        self._order = list(range(len(units)))
        self._chance = random.Random(settings.seed)  # noqa: S311 - reproducible, not secret
        self.done = 0
        self.total = settings.epochs * steps

    @property
    def learning_rate(self) -> float:
        """The rate of the pretrained part now."""
        return self._optimiser.learning_rate

    def averaged(self) -> AbstractContextManager[None]:
        """Give the network the running mean of its weights, if there is one, for a block."""
        return self._average.in_place()

    def epoch(self, number: int) -> tuple[float, float]:
        """Take every unit once; return mean loss and accuracy over what was drawn."""
        self._network.train()
        self._chance.shuffle(self._order)
        loss_sum = hit_sum = weight_sum = 0.0
        for start in range(0, len(self._order), self._settings.step):
            chosen = self._order[start : start + self._settings.step]
            examples = [example for unit in chosen for example in self._units[unit]]
            weight = sum(e.weight for e in examples)
            loss, hits = self._step(examples, weight)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is not a number in epoch {number}: lower the learning rate "
                    f"(now {self._settings.learning_rate:g})."
                )
            loss_sum, hit_sum, weight_sum = loss_sum + loss, hit_sum + hits, weight_sum + weight
            self.done += 1
            self._progress(f"epoch {number} of {self._settings.epochs}", self.done, self.total)
        self._optimiser.end_epoch()
        return loss_sum / weight_sum, hit_sum / weight_sum

    def _step(self, examples: Sequence[Example], weight: float) -> tuple[float, float]:
        loss_sum = hit_sum = 0.0
        for one in passes(self._network, examples):
            with autocast(self._settings, self._device):
                answer = logits(self._network, [e.input for e in one])
            loss, hits = loss_and_hits(answer.float(), one)
            (loss / weight).backward()  # type: ignore[no-untyped-call]
            loss_sum, hit_sum = loss_sum + float(loss.detach()), hit_sum + float(hits)
        self._optimiser.step()
        self._average.update()
        return loss_sum, hit_sum


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}

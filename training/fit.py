"""The training loop: one plain pass over the steps of each epoch, the best epoch kept.

The best epoch is the one of highest validation accuracy (Simmonds & Haines: the loss has no
direct relation to accuracy), the earlier of equals.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, StepLR

from bot.domain.errors import IntercoderError
from bot.encoding.inputs import EncoderInput
from bot.inference.network import ThreadNetwork
from bot.inference.weights import Network
from training.curve import Epoch
from training.presets import Settings
from training.steps import logits

_MICRO_TOKENS = 4096  # padded tokens of one pass of `pair`: of 512 to 16,384 the fastest on a CPU
_LARGEST_GRADIENT = 1.0  # global norm, as in BERT's own fine-tuning


class TrainingError(IntercoderError):
    """Training cannot go on."""


@dataclass(frozen=True, slots=True)
class Example:
    """An input with its label's index, drawn `weight` times an epoch."""

    input: EncoderInput
    label: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Fit:
    """What a run gave; the network then holds the weights of epoch `best` (from 1)."""

    epochs: tuple[Epoch, ...]
    best: int
    interrupted: bool
    seconds: float


Progress = Callable[[str, int, int], None]
"""Called with a text for people, the steps done and the steps in all."""


def fit(
    network: Network,
    units: Sequence[Sequence[Example]],
    validation: Sequence[Example],
    settings: Settings,
    progress: Progress,
) -> Fit:
    """Train `network` in place on `units`; `settings.step` units make one optimiser step.

    A unit is what is encoded together: a discussion for `thread`, a record for `pair`.
    Ctrl-C ends the run and keeps the best epoch so far. Raises TrainingError if the loss is
    not a number or the run is interrupted before an epoch was judged.
    """
    started = time.monotonic()
    run = _Run(network, units, settings, progress)
    epochs: list[Epoch] = []
    best = 0
    best_weights: dict[str, Tensor] = {}
    interrupted = False
    try:
        for number in range(1, settings.epochs + 1):
            began = time.monotonic()
            rate = run.learning_rate
            loss, accuracy = run.epoch(number)
            validation_loss, validation_accuracy = judge(network, validation)
            seconds = time.monotonic() - began
            epochs.append(
                Epoch(number, loss, accuracy, validation_loss, validation_accuracy, rate, seconds)
            )
            if not best or validation_accuracy > epochs[best - 1].validation_accuracy:
                best = number
                best_weights = {k: v.detach().clone() for k, v in network.state_dict().items()}
            progress(f"epoch {number}: {validation_accuracy:.1%} right", run.done, run.total)
    except KeyboardInterrupt:
        if not best:
            raise TrainingError(
                "interrupted before the first epoch was judged: there is nothing to keep."
            ) from None
        interrupted = True
    network.load_state_dict(best_weights)
    network.eval()
    return Fit(tuple(epochs), best, interrupted, time.monotonic() - started)


class _Run:
    """The moving parts of a run: optimiser, schedule, order of the units."""

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
        self._steps = math.ceil(len(units) / settings.step)
        self._optimizer = _optimizer(network, settings)
        self._schedule = _schedule(self._optimizer, settings, self._steps)
        self._order = list(range(len(units)))
        self._chance = random.Random(settings.seed)  # noqa: S311 - reproducible, not secret
        self.done = 0
        self.total = settings.epochs * self._steps

    @property
    def learning_rate(self) -> float:
        """The rate of the pretrained part now."""
        return float(self._optimizer.param_groups[0]["lr"])

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
        if self._settings.schedule == "step":
            self._schedule.step()
        return loss_sum / weight_sum, hit_sum / weight_sum

    def _step(self, examples: Sequence[Example], weight: int) -> tuple[float, float]:
        loss_sum = hit_sum = 0.0
        for micro in _micro_batches(self._network, examples):
            with _autocast(self._settings, self._device):
                answer = logits(self._network, [e.input for e in micro])
            loss, hits = _loss(answer.float(), micro)
            (loss / weight).backward()  # type: ignore[no-untyped-call]
            loss_sum, hit_sum = loss_sum + float(loss.detach()), hit_sum + float(hits)
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._settings.schedule == "linear":
            self._schedule.step()
        return loss_sum, hit_sum


def judge(network: Network, examples: Sequence[Example]) -> tuple[float, float]:
    """Return mean loss and accuracy in fp32 and without dropout, each example once."""
    network.eval()
    loss_sum = hits_sum = 0.0
    with torch.inference_mode():
        for start in range(0, len(examples), 64):
            once = [Example(e.input, e.label) for e in examples[start : start + 64]]
            for micro in _micro_batches(network, once):
                loss, hits = _loss(logits(network, [e.input for e in micro]).float(), micro)
                loss_sum += float(loss)
                hits_sum += float(hits)
    return loss_sum / len(examples), hits_sum / len(examples)


@contextmanager
def reproducible(seed: int, threads: int | None) -> Iterator[None]:
    """Seed torch and hold it to deterministic algorithms and a number of threads.

    The same seed on the same machine with the same threads gives the same weights.
    """
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    if threads:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def _loss(answer: Tensor, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of the losses, and the weighted count of right answers."""
    gold = torch.tensor([e.label for e in examples], device=answer.device)
    weight = torch.tensor([float(e.weight) for e in examples], device=answer.device)
    losses = nn.functional.cross_entropy(answer, gold, reduction="none")
    return (losses * weight).sum(), ((answer.argmax(-1) == gold) * weight).sum()


def _micro_batches(network: Network, examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """Cut a step of `pair` where it would take too much memory; a `thread` step stays whole."""
    if isinstance(network, ThreadNetwork):
        yield examples
        return
    batch: list[Example] = []
    for example in sorted(examples, key=lambda e: e.input.tokens):
        if batch and (len(batch) + 1) * example.input.tokens > _MICRO_TOKENS:
            yield batch
            batch = []
        batch.append(example)
    yield batch


def _optimizer(network: Network, settings: Settings) -> torch.optim.Optimizer:
    """AdamW; what is new (head or classifier) learns at its own rate."""
    new = ("head.", "classifier.")
    named = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [
            {
                "params": [p for n, p in named if not n.startswith(new)],
                "lr": settings.learning_rate,
            },
            {
                "params": [p for n, p in named if n.startswith(new)],
                "lr": settings.head_learning_rate,
            },
        ],
        weight_decay=settings.weight_decay,
        fused=True,
    )


def _schedule(
    optimizer: torch.optim.Optimizer, settings: Settings, steps_per_epoch: int
) -> LRScheduler:
    if settings.schedule == "step":
        return StepLR(optimizer, step_size=settings.step_size, gamma=settings.gamma)
    total = settings.epochs * steps_per_epoch
    warm = max(1, total // 10)
    return LambdaLR(optimizer, lambda s: min((s + 1) / warm, (total - s) / total))


@contextmanager
def _autocast(settings: Settings, device: torch.device) -> Iterator[None]:
    """Bf16 where the processor computes it natively; weights and validation stay fp32."""
    if device.type == "cuda":
        able = torch.cuda.is_bf16_supported()
    else:
        able = torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - torch has no public name for it
    with torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=able and settings.precision == "auto"
    ):
        yield

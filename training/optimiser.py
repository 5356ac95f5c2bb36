"""How the weights move: optimiser, schedule of its rates, and precision of the forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, StepLR

from bot.inference.weights import Network
from training.presets import Settings

_LARGEST_GRADIENT = 1.0  # global norm, as in BERT's own fine-tuning
_NEW = ("head.", "classifier.")  # what no pretrained checkpoint has


class Optimiser:
    """AdamW with its schedule; what is new (head or classifier) learns at its own rate."""

    def __init__(self, network: Network, settings: Settings, steps_per_epoch: int) -> None:
        named = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
        pretrained = [p for n, p in named if not n.startswith(_NEW)]
        new = [p for n, p in named if n.startswith(_NEW)]
        self._parameters = [p for _, p in named]
        self._adam = torch.optim.AdamW(
            [
                {"params": pretrained, "lr": settings.learning_rate},
                {"params": new, "lr": settings.head_learning_rate},
            ],
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._by_epoch = settings.schedule == "step"
        self._schedule = _schedule(self._adam, settings, steps_per_epoch)

    @property
    def learning_rate(self) -> float:
        """The rate of the pretrained part now."""
        return float(self._adam.param_groups[0]["lr"])

    def step(self) -> None:
        """Move the weights by their gradients, clipped, and clear those."""
        nn.utils.clip_grad_norm_(self._parameters, _LARGEST_GRADIENT)
        self._adam.step()
        self._adam.zero_grad()
        if not self._by_epoch:
            self._schedule.step()

    def end_epoch(self) -> None:
        """Lower the rates where the schedule goes by epoch."""
        if self._by_epoch:
            self._schedule.step()


def _schedule(
    optimiser: torch.optim.Optimizer, settings: Settings, steps_per_epoch: int
) -> LRScheduler:
    if settings.schedule == "step":
        return StepLR(optimiser, step_size=settings.step_size, gamma=settings.gamma)
    total = settings.epochs * steps_per_epoch
    warm = max(1, total // 10)
    return LambdaLR(optimiser, lambda s: min((s + 1) / warm, (total - s) / total))


@contextmanager
def autocast(settings: Settings, device: torch.device) -> Iterator[None]:
    """Compute in bf16 where the processor does so natively; the weights stay fp32."""
    if device.type == "cuda":
        able = torch.cuda.is_bf16_supported()
    else:
        able = torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - torch has no public name for it
    with torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=able and settings.precision == "auto"
    ):
        yield

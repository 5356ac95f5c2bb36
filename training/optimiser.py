"""How the weights move: optimiser, schedule of its rates, running mean, and precision."""

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
        named = _learning(network)
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


class Average:
    """The running mean of a network's weights over, in the main, the last ninth of its steps.

    The mean lies in a flatter place than the last step's weights and does better on unseen
    groups, somewhat as several networks together would, at the cost of one. It keeps
    (1 + steps) / (10 + steps) of itself at each step: polynomial-decay averaging (Shamir & Zhang
    2013) of degree 8, whose reach grows with the run, so that there is no rate to be chosen.
    """

    def __init__(self, network: Network, *, wanted: bool) -> None:
        self._network = network
        self._steps = 0
        self._mean = {n: p.detach().clone() for n, p in _learning(network)} if wanted else {}

    def update(self) -> None:
        """Take in the weights as they are after a step."""
        if not self._mean:
            return
        self._steps += 1
        kept = (1 + self._steps) / (10 + self._steps)
        now = [p.detach() for _, p in _learning(self._network)]
        torch._foreach_lerp_(list(self._mean.values()), now, 1 - kept)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the network the mean for as long as the block runs."""
        if not self._mean:
            yield
            return
        last = {n: p.detach().clone() for n, p in _learning(self._network)}
        self._network.load_state_dict(self._mean, strict=False)
        try:
            yield
        finally:
            self._network.load_state_dict(last, strict=False)


def _learning(network: Network) -> list[tuple[str, nn.Parameter]]:
    return [(n, p) for n, p in network.named_parameters() if p.requires_grad]


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

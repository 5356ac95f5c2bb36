"""What is learned from: an input with its label, passes of them, and their loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bot.encoding.inputs import EncoderInput
from bot.inference.network import ThreadNetwork
from bot.inference.weights import Network

_PASS_TOKENS = 4096  # padded tokens of one pass of `pair`: of 512 to 16,384 the fastest on a CPU


@dataclass(frozen=True, slots=True)
class Example:
    """An input with its label's index, drawn `weight` times an epoch.

    `target` is the probability of each label where that is not certain (soft labels); it sums
    to 1, and `label` is its greatest. None: `label` alone is right.
    """

    input: EncoderInput
    label: int
    weight: float = 1
    target: tuple[float, ...] | None = None


def passes(network: Network, examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """Cut a step of `pair` where it would take too much memory; a `thread` step stays whole."""
    if isinstance(network, ThreadNetwork):
        yield examples
        return
    batch: list[Example] = []
    for example in sorted(examples, key=lambda e: e.input.tokens):
        if batch and (len(batch) + 1) * example.input.tokens > _PASS_TOKENS:
            yield batch
            batch = []
        batch.append(example)
    yield batch


def loss_and_hits(answer: Tensor, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of the losses in nats, and the weighted count of right answers.

    `answer` are logits (n, labels) of the n examples.
    """
    gold = torch.tensor([e.label for e in examples], device=answer.device)
    weight = torch.tensor([float(e.weight) for e in examples], device=answer.device)
    targets = nn.functional.one_hot(gold, answer.shape[1]).to(answer.dtype)
    for row, example in enumerate(examples):
        if example.target is not None:
            targets[row] = torch.tensor(example.target, dtype=answer.dtype, device=answer.device)
    losses = nn.functional.cross_entropy(answer, targets, reduction="none")
    return (losses * weight).sum(), ((answer.argmax(-1) == gold) * weight).sum()

"""Multinomial logistic regression with soft targets and an offset: seconds for a few thousand.

scikit-learn's takes neither soft targets nor an offset, and both are needed here: utterances that
stand for several codes, and what the codebook alone would say of a message.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor

_STEPS = 100  # of L-BFGS: the problem is convex, and further ones change no code


@dataclass(frozen=True, slots=True)
class Linear:
    """`weight` (labels, width) and `bias` (labels,) of a linear layer."""

    weight: Tensor
    bias: Tensor


def logistic(
    features: Tensor,
    targets: Tensor,
    penalty: float,
    *,
    weights: Tensor | None = None,
    offset: Tensor | None = None,
) -> Linear:
    """Return the layer that minimises mean cross-entropy plus `penalty` times its squared weights.

    `features` (n, width), `targets` (n, labels) whose rows sum to 1, `weights` (n,) of the rows,
    `offset` (n, labels) of logits that are there already. From zero by L-BFGS: no chance in it.
    """
    mass = torch.ones(len(features)) if weights is None else weights
    mass = mass / mass.sum()
    weight = torch.zeros(targets.shape[1], features.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    base = torch.zeros_like(targets) if offset is None else offset
    search = torch.optim.LBFGS(
        [weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe", tolerance_change=1e-8
    )

    def loss() -> Tensor:
        search.zero_grad()
        answer = F.linear(features, weight, bias) + base
        each = -(targets * F.log_softmax(answer, dim=-1)).sum(-1)
        total = (each * mass).sum() + penalty * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    search.step(loss)  # type: ignore[no-untyped-call]
    return Linear(weight.detach(), bias.detach())

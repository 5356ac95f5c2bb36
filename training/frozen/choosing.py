"""How strongly the classifier is held back, and how far the codebook is believed: by groups."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from sklearn.model_selection import GroupKFold
from torch import Tensor

from bot.inference.speech import SpeechHead
from training.frozen.logistic import Linear, logistic
from training.frozen.reading import Reading

PENALTIES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
TRUSTS = (0.0, 1.5)  # 0: as if there were no codebook; by itself it is too timid
UNTRIED_PENALTY, UNTRIED_TRUST = 1e-2, 1.5  # where there is but one group, and nothing to try on
_FOLDS = 3  # of whole groups; more cost more and leave each judge fewer groups


@dataclass(frozen=True, slots=True)
class Choice:
    """A penalty and a trust, and the mean loss on held-out groups (nats; None: not tried)."""

    penalty: float
    trust: float
    loss: float | None


def folds(groups: Sequence[str], most: int, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield rows to learn from and rows to judge by, no group in both; nothing for one group."""
    count = min(most, len(set(groups)))
    if count < 2:
        return
    cut = GroupKFold(count, shuffle=True, random_state=seed)
    for learn, judge in cut.split(np.zeros(len(groups)), groups=np.array(groups)):
        yield learn.tolist(), judge.tolist()


def choose(
    reading: Reading,
    targets: Tensor,
    groups: Sequence[str],
    seed: int,
    differing: Collection[int] = (),
) -> Choice:
    """Return the choice of least loss on held-out groups.

    `targets` (n, labels) is how likely each label is. On the rows `differing` people differ:
    they teach and do not judge.
    """
    parts = list(folds(groups, _FOLDS, seed))
    if not parts:
        return Choice(UNTRIED_PENALTY, UNTRIED_TRUST, None)
    judges = len(targets) - len(differing)
    tried = []
    for penalty, trust in product(PENALTIES, TRUSTS):
        lost = 0.0
        for learn, judge in parts:
            layer = taught(reading.rows(learn), targets[learn], penalty, trust)
            asked = [n for n in judge if n not in differing]
            answer = logits(reading.rows(asked), layer, trust)
            lost += float(F.cross_entropy(answer, targets[asked], reduction="sum"))
        tried.append(Choice(penalty, trust, lost / judges))
    return min(tried, key=lambda c: c.loss or 0.0)


def taught(reading: Reading, targets: Tensor, penalty: float, trust: float) -> Linear:
    """Return the classifier that adds to what the codebook says what the records say.

    `targets` (n, labels) is how likely each label is.
    """
    return logistic(reading.features, targets, penalty, offset=trust * reading.prior)


def logits(reading: Reading, layer: Linear, trust: float) -> Tensor:
    """Return logits (n, labels), as the head gives them."""
    return trust * reading.prior + F.linear(reading.features, layer.weight, layer.bias)


def put_into(head: SpeechHead, layer: Linear, trust: float) -> None:
    """Give the head what was learned."""
    with torch.no_grad():
        head.trust.fill_(trust)
        head.classifier.weight.copy_(layer.weight)
        head.classifier.bias.copy_(layer.bias)

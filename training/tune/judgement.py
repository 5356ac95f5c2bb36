"""How a trial's best epoch did on the validation groups, group by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, f1_score

from bot.encoding.inputs import EncoderInput
from bot.inference.network import ThreadNetwork
from bot.inference.weights import Network
from training.curve import Epoch
from training.material import Material
from training.steps import logits
from training.tune.messages import Done

_THREAD, _PAIR = 64, 8  # inputs of one forward pass: those of `pair` are up to 512 tokens long


def judgement(network: Network, material: Material, best: Epoch) -> Done:
    """Return what is told of a trial whose `network` holds the weights of the epoch `best`.

    Records with a code that the training part lacks are left out, as the epochs leave them.
    """
    parts = material.parts
    records = [r for r in parts.split.validation if r.code in parts.labels]
    gold = np.array([parts.labels.index(r.code) for r in records])
    found = _codes(network, [material.inputs[r.message.id] for r in records])
    groups: dict[str, tuple[int, int]] = {}
    for record, right in zip(records, (gold == found).tolist(), strict=True):
        hits, n = groups.get(record.group, (0, 0))
        groups[record.group] = hits + int(right), n + 1
    several = len(np.union1d(gold, found)) > 1  # else kappa is 0 / 0
    return Done(
        epoch=best.epoch,
        accuracy=best.validation_accuracy,
        kappa=float(cohen_kappa_score(gold, found)) if several else None,
        macro_f1=float(f1_score(gold, found, average="macro", zero_division=0)),
        groups=groups,
    )


def _codes(network: Network, inputs: Sequence[EncoderInput]) -> NDArray[np.int64]:
    """Return the label (n,) that `network` gives to each of the inputs, in fp32."""
    network.eval()
    at_once = _THREAD if isinstance(network, ThreadNetwork) else _PAIR
    with torch.inference_mode():
        found = [
            logits(network, inputs[start : start + at_once]).argmax(-1)
            for start in range(0, len(inputs), at_once)
        ]
    return np.asarray(torch.cat(found).numpy(), dtype=np.int64)

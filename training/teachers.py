"""Soft labels for the training part, by coders of the same kind that have not seen the record.

The groups are cut into as many parts as there are teachers, and each teacher learns from all
parts but one: of a record it then codes what it never learned by heart, so that its
probabilities tell how far the code can be told from the words at all. Beside each stands a
coder by words and letters alone (training.words), as one voice more: what is taught is the mean
of `teachers` equal voices of the network and one of that. A message that nobody coded gets the
mean of all teachers. One network that learns from both, the people's codes and
the teachers' probabilities, does better on unseen groups than each of its teachers: knowledge
distillation (Hinton, Vinyals & Dean 2015), with the folds of stacking (Wolpert 1992); on the
uncoded messages it is self-training with soft labels.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bot.encoding.inputs import EncoderInput
from bot.inference.weights import Network
from training.arrange import Record
from training.base import BaseModel
from training.build import build_network, training_device
from training.data import training_units
from training.example import Example
from training.fit import Progress, TrainingError, fit
from training.material import Material
from training.optimiser import autocast
from training.pace import paced
from training.presets import Settings
from training.split import Split
from training.steps import logits
from training.words import by_words

Soft = dict[str, tuple[float, ...]]
"""The probability of each label, by message id."""

_AT_ONCE = 64


def taught(parts: Split, soft: Soft, labels: Sequence[str], share: float) -> Split:
    """Return the parts with the teachers' word in the targets of the training part.

    A record's target is `share` theirs and the rest the people's; what nobody coded has theirs
    alone, and without teachers it is left out.
    """

    def told(record: Record) -> Record:
        row = soft[record.message.id]
        if not record.code:
            code = labels[max(range(len(labels)), key=row.__getitem__)]
            return replace(record, code=code, target=tuple(zip(labels, row, strict=True)))
        people = record.likely
        mixed = (
            (label, share * p + (1 - share) * people.get(label, 0.0))
            for label, p in zip(labels, row, strict=True)
        )
        return replace(record, target=tuple(mixed))

    if not soft:
        return replace(parts, uncoded=())
    return replace(
        parts,
        train=tuple(map(told, parts.train)),
        uncoded=tuple(map(told, parts.uncoded)),
    )


def soft_labels(
    material: Material, base: BaseModel, settings: Settings, *, device: str, progress: Progress
) -> Soft:
    """Return what the teachers give to every record and uncoded message of the training part.

    Empty if the settings ask for no teachers, if too few messages are uncoded for them to be
    worth their time, or if there are fewer than two groups to part.
    `progress` counts the steps of all teachers together. Raises what `fit` raises.
    """
    parts = material.parts
    if not teaches(parts.split, settings):
        return {}
    folds = fold_of(parts.split.train, settings.teachers, settings.seed)
    count = len(set(folds))
    uncoded = parts.split.uncoded
    plans = [_plan(material, settings, folds, fold) for fold in range(count)]
    total = sum(plan.steps for plan in plans)
    begun = 0
    sums: defaultdict[str, NDArray[np.float64] | float] = defaultdict(float)
    for fold, plan in enumerate(plans):
        network = build_network(base, len(parts.labels), plan.settings)
        nn.Module.to(network, training_device(device))
        told = _part(progress, f"teacher {fold + 1} of {count}", begun, total)
        if fit(network, plan.units, (), plan.settings, told).interrupted:
            raise TrainingError(
                "interrupted while the teachers were trained: there is nothing to keep."
            )
        begun += plan.steps
        asked = [r for r, f in zip(parts.split.train, folds, strict=True) if f == fold]
        for records, share in ((asked, 1.0), (uncoded, 1 / count)):
            with autocast(settings, training_device(device)):
                rows = _answers(network, records, material.inputs)
            words = _words(plan.records, records, parts.labels, settings.seed)
            for record, row, word in zip(records, rows, words, strict=True):
                sums[record.message.id] += share * (count * row + word) / (count + 1)
    return {message: tuple(np.asarray(row).tolist()) for message, row in sums.items()}


def teaches(parts: Split, settings: Settings) -> bool:
    """Tell whether there will be teachers; without them nothing uncoded is learned from."""
    enough = len(parts.uncoded) >= settings.uncoded_for_teachers * len(parts.train)
    return enough and len(set(fold_of(parts.train, settings.teachers, settings.seed))) > 1


def fold_of(records: Sequence[Record], folds: int, seed: int) -> list[int]:
    """Return the fold of each record: its group's, dealt out by the seed, `folds` at most."""
    groups = sorted({r.group for r in records})
    random.Random(seed).shuffle(groups)  # noqa: S311 - reproducible, not secret
    dealt = {group: n % folds for n, group in enumerate(groups)} if folds else {}
    return [dealt.get(r.group, 0) for r in records]


@dataclass(frozen=True)
class _Plan:
    """What one teacher learns from, and how."""

    records: list[Record]
    units: list[list[Example]]
    settings: Settings

    @property
    def steps(self) -> int:
        return self.settings.epochs * math.ceil(len(self.units) / self.settings.step)


def _plan(material: Material, settings: Settings, folds: Sequence[int], fold: int) -> _Plan:
    own = replace(settings, epochs=settings.teacher_epochs, seed=settings.seed + fold)
    train = material.parts.split.train
    others = [r for r, f in zip(train, folds, strict=True) if f != fold]
    units = training_units(others, material.inputs, material.parts.labels, own)
    return _Plan(others, units, paced(own, len(units)))


def _part(progress: Progress, who: str, begun: int, total: int) -> Progress:
    """Return the progress of one teacher within that of all; how its epochs went goes unsaid."""

    def told(text: str, done: int, _: int) -> None:
        if not text.endswith("right"):
            progress(who, begun + done, total)

    return told


def _answers(
    network: Network, records: Sequence[Record], inputs: dict[str, EncoderInput]
) -> NDArray[np.float64]:
    """Return the network's probabilities (records, labels)."""
    found = [np.zeros((0, 1))]
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(records), _AT_ONCE):
            part = [inputs[r.message.id] for r in records[start : start + _AT_ONCE]]
            found.append(logits(network, part).double().softmax(-1).cpu().numpy())
    return np.concatenate(found[1:] or found)


def _words(
    taught: Sequence[Record], asked: Sequence[Record], labels: Sequence[str], seed: int
) -> NDArray[np.float64]:
    index = {label: n for n, label in enumerate(labels)}
    texts, codes = [r.message.text for r in taught], [index[r.code] for r in taught]
    return by_words(texts, codes, [r.message.text for r in asked], len(labels), seed)

"""From material to a network that has learned it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from bot.domain.counting import many
from bot.inference.weights import Network
from training.base import BaseModel
from training.build import build_network, training_device
from training.curve import Epoch
from training.data import examples, training_units
from training.example import Example
from training.fit import Fit, Progress, fit
from training.material import Material
from training.pace import paced
from training.presets import Settings
from training.teachers import soft_labels, taught


@dataclass(frozen=True)
class Learned:
    """A trained network on the CPU, how it came to be, and how often each label was drawn.

    `told` is what else the manifest's training entry is to tell (training.by_method).
    """

    network: Network
    fit: Fit
    drawn: Counter[str]
    told: Mapping[str, Any] = field(default_factory=dict)


def learn(
    material: Material,
    base: BaseModel,
    settings: Settings,
    *,
    device: str,
    progress: Progress,
    say: Callable[[str], None],
    learned: Callable[[], None],
    judged: Callable[[Epoch], None] = lambda _: None,
) -> Learned:
    """Train a network on the training part; the validation part chooses the epoch.

    Seed torch before (training.determinism). `learned` is called as soon as there is something
    to lose, `judged` with each epoch (what it raises ends the run). Raises TrainingError, and
    InputError for a device that is not there.
    """
    parts = material.parts
    labels = parts.labels
    started = time.monotonic()
    soft = soft_labels(material, base, settings, device=device, progress=progress)
    told = taught(parts.split, soft, labels, settings.teacher_share)
    if soft:
        say(
            f"soft labels by teachers: of {many(len(told.train), 'record')} and "
            f"{many(len(told.uncoded), 'uncoded message')} of the training part"
        )
    network = build_network(base, len(labels), settings)
    nn.Module.to(network, training_device(device))
    units = training_units(told.train, material.inputs, labels, settings, told.uncoded)
    counts = _drawn(units, labels)
    say(
        f"{len(parts.split.train)} records to train ({counts.total():g} after oversampling), "
        f"{len(parts.split.validation)} to choose the epoch, {len(parts.split.test)} to test, "
        f"split by {settings.split}"
    )
    validation = examples(parts.split.validation, material.inputs, labels)
    pace = paced(settings, len(units))
    result = fit(network, units, validation, pace, progress, judged)
    learned()
    result = replace(result, seconds=time.monotonic() - started)  # with the teachers' time
    nn.Module.to(network, "cpu")
    return Learned(network, result, counts)


def _drawn(units: list[list[Example]], labels: tuple[str, ...]) -> Counter[str]:
    drawn: Counter[str] = Counter()
    for unit in units:
        for example in unit:
            drawn[labels[example.label]] += round(example.weight)
    return drawn

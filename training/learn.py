"""From material to a network that has learned it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from bot.inference.weights import Network
from training.base import BaseModel
from training.build import build_network, training_device
from training.data import examples, training_units
from training.example import Example
from training.fit import Fit, Progress, fit
from training.material import Material
from training.presets import Settings


@dataclass(frozen=True)
class Learned:
    """A trained network on the CPU, how it came to be, and how often each label was drawn."""

    network: Network
    fit: Fit
    drawn: Counter[str]


def learn(
    material: Material,
    base: BaseModel,
    settings: Settings,
    *,
    device: str,
    progress: Progress,
    say: Callable[[str], None],
    learned: Callable[[], None],
) -> Learned:
    """Train a network on the training part; the validation part chooses the epoch.

    Seed torch before (training.determinism). `learned` is called as soon as there is something
    to lose. Raises TrainingError, and InputError for a device that is not there.
    """
    parts = material.parts
    labels = parts.labels
    network = build_network(base, len(labels), settings)
    nn.Module.to(network, training_device(device))
    units = training_units(parts.split.train, material.inputs, labels, settings)
    counts = _drawn(units, labels)
    say(
        f"{len(parts.split.train)} records to train ({counts.total():g} after oversampling), "
        f"{len(parts.split.validation)} to choose the epoch, {len(parts.split.test)} to test, "
        f"split by {settings.split}"
    )
    validation = examples(parts.split.validation, material.inputs, labels)
    result = fit(network, units, validation, settings, progress)
    learned()
    nn.Module.to(network, "cpu")
    return Learned(network, result, counts)


def _drawn(units: list[list[Example]], labels: tuple[str, ...]) -> Counter[str]:
    drawn: Counter[str] = Counter()
    for unit in units:
        for example in unit:
            drawn[labels[example.label]] += round(example.weight)
    return drawn

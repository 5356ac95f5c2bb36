"""From material to a speech network: by its codebook alone, or taught by records in seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor

from bot.inference.speech import SpeechNetwork
from training.arrange import Record
from training.base import BaseModel
from training.cold.network import first_network
from training.curve import Epoch
from training.fit import Fit, Progress
from training.frozen.choosing import Choice, choose, put_into, taught
from training.frozen.reading import Reading, read
from training.learn import Learned
from training.material import Material


def first_of(material: Material, base: BaseModel, seed: int) -> SpeechNetwork:
    """Return the network that the material's codebook alone gives, for its labels."""
    source = material.parts.source
    codes = [source.codebook.by_code[label] for label in material.parts.labels]
    scenarios = sorted({d.scenario.text for d in source.transcript.discussions})
    network, _ = first_network(
        base,
        codes,
        scenarios,
        window=material.encoder.spec.window,
        seed=seed,
    )
    return network


def learn_first(material: Material, base: BaseModel, seed: int) -> Learned:
    """Return the coder by the codebook alone; the material's records only judge it."""
    started = time.monotonic()
    network = first_of(material, base, seed)
    seconds = time.monotonic() - started
    # Nothing was taught: there is no loss of that, and of the validation part it is told below.
    return Learned(network, _one_epoch(network, material, (0.0, None), seconds), Counter())


def learn_frozen(
    material: Material,
    base: BaseModel,
    *,
    seed: int,
    progress: Progress,
    say: Callable[[str], None],
    learned: Callable[[], None],
) -> Learned:
    """Return a coder whose classifier the training part has taught; its encoder is the base's.

    How strongly it is held back, and how far the codebook is believed, is chosen on groups of the
    training part; the validation part stays unseen, for the calibration.
    """
    started = time.monotonic()
    network = first_of(material, base, seed)
    records = material.parts.split.train
    reading = read(network, [material.inputs[r.message.id] for r in records], progress)
    targets = targets_of(records, material.parts.labels)
    differing = {n for n, r in enumerate(records) if r.target is not None}
    choice = choose(reading, targets, [r.group for r in records], seed, differing)
    say(told(choice, len(records)))
    layer = taught(reading, targets, choice.penalty, choice.trust)
    put_into(network.speech, layer, choice.trust)
    learned()
    judged = _judged(network, reading, targets)
    fit = _one_epoch(network, material, judged, time.monotonic() - started)
    return Learned(network, fit, Counter(r.code for r in records))


def targets_of(records: Sequence[Record], labels: Sequence[str]) -> Tensor:
    """Return how likely each of the labels is, (n, labels): 1 for a code that is settled.

    Where people differ it is what their votes say. The labels hold every record's codes.
    """
    return torch.tensor([[r.likely.get(label, 0.0) for label in labels] for r in records])


def told(choice: Choice, records: int) -> str:
    """Return the choice in a sentence."""
    how = "as set" if choice.loss is None else "chosen on held-out groups"
    return (
        f"frozen encoder, {records} records: penalty {choice.penalty:g}, trust in the codebook "
        f"{choice.trust:g} ({how})"
    )


def _one_epoch(
    network: SpeechNetwork, material: Material, taught: tuple[float, float | None], seconds: float
) -> Fit:
    """Return the account of a run without epochs: one, judged on the validation part."""
    labels = material.parts.labels
    held = [r for r in material.parts.split.validation if r.code in labels]
    reading = read(network, [material.inputs[r.message.id] for r in held])
    loss, right = _judged(network, reading, targets_of(held, labels))
    epoch = Epoch(1, *taught, loss, right, learning_rate=0.0, seconds=seconds)
    return Fit((epoch,), best=1, interrupted=False, seconds=seconds)


def _judged(network: SpeechNetwork, reading: Reading, targets: Tensor) -> tuple[float, float]:
    """Return mean loss and share of right codes of one message or more."""
    answer = answers(network, reading)
    right = float((answer.argmax(-1) == targets.argmax(-1)).float().mean())
    return float(F.cross_entropy(answer, targets)), right


def answers(network: SpeechNetwork, reading: Reading) -> Tensor:
    """Return the network's logits (n, labels) for what it has read."""
    head = network.speech
    with torch.inference_mode():
        trusted = head.trust * reading.prior
        return cast("Tensor", trusted + head.classifier(reading.features))

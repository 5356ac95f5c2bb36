"""Which way of learning serves: tried on groups that it has not seen, the best one taken.

The rungs: `codebook` (no record teaches), `frozen` (a linear head over the pretrained encoder,
seconds), `finetune` (everything learns, minutes). All are judged on the same held-out groups.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from bot.domain.counting import many
from training.arrange import Record
from training.base import BaseModel
from training.fit import Progress, TrainingError
from training.frozen.choosing import choose, folds, put_into, taught
from training.frozen.learning import answers, first_of, targets_of
from training.frozen.reading import read
from training.learn import learn
from training.material import Material
from training.presets import Settings
from training.split import split_around
from training.steps import logits

FEWEST_FINETUNE = 300
"""Records in a fold's training part below which fine-tuning is not tried (docs/learning.md)."""
MOST_TRIED = 2000
"""Records from which fine-tuning serves untried: comparing would cost several trainings."""
_FOLDS = 3
_AT_ONCE = 64


class Method(StrEnum):
    """A way of learning; `auto` is whichever of the others does best on unseen groups."""

    AUTO = "auto"
    CODEBOOK = "codebook"
    FROZEN = "frozen"
    FINETUNE = "finetune"


@dataclass(frozen=True, slots=True)
class Rung:
    """How one method did on held-out groups, or in `note` why it was not tried."""

    method: Method
    n: int = 0
    accuracy: float | None = None
    kappa: float | None = None
    macro_f1: float | None = None
    seconds: float = 0.0
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for the manifest."""
        return {**asdict(self), "method": str(self.method)}


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs from the fewest records up, the one that serves, and why."""

    rungs: tuple[Rung, ...]
    serves: Method
    reason: str

    def sentences(self) -> Iterator[str]:
        """Yield the table, a line each, and the decision."""
        yield "method     accuracy  kappa  macro-F1  on held-out groups"
        for r in self.rungs:
            if r.kappa is None or r.accuracy is None or r.macro_f1 is None:
                yield f"{r.method:<10} not tried: {r.note}"
            else:
                yield (
                    f"{r.method:<10} {r.accuracy:>7.1%} {r.kappa:>6.3f} {r.macro_f1:>9.3f}  "
                    f"{many(r.n, 'message')}, {r.seconds:.0f} s"
                )
        yield f"{self.serves} serves: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for the manifest."""
        return {
            "serves": str(self.serves),
            "reason": self.reason,
            "rungs": [r.to_dict() for r in self.rungs],
        }


def climb(
    material: Material,
    base: BaseModel,
    settings: Settings,
    *,
    device: str,
    progress: Progress,
    say: Callable[[str], None],
) -> Ladder:
    """Try the methods by cross-validation over groups; the test part stays unseen.

    The labels of `material` are all of the codebook's that decide something. Raises what `learn`
    does, and TrainingError where it is interrupted.
    """
    split = material.parts.split
    # What people differ on judges nobody.
    records = [r for r in (*split.train, *split.validation) if r.target is None]
    groups = [r.group for r in records]
    parts = list(folds(groups, _FOLDS, settings.seed))
    if not parts:
        reason = "the records are of a single group, and nothing can be held out"
        untried = tuple(Rung(m, note=reason) for m in (Method.CODEBOOK, Method.FROZEN))
        return Ladder(untried, Method.FROZEN, reason)
    if len(records) >= MOST_TRIED:
        reason = f"{len(records)} records: with {MOST_TRIED} or more nothing else is tried"
        untried = tuple(Rung(m, note=reason) for m in (Method.CODEBOOK, Method.FROZEN))
        return Ladder(untried, Method.FINETUNE, reason)
    targets = targets_of(records, material.parts.labels)
    gold = targets.argmax(-1).numpy()
    started = time.monotonic()
    network = first_of(material, base, settings.seed)
    reading = read(network, [material.inputs[r.message.id] for r in records], progress)
    first = reading.prior.argmax(-1).numpy()
    rungs = [_rung(Method.CODEBOOK, gold, first, started)]
    started = time.monotonic()
    frozen = np.zeros(len(records), dtype=np.int64)
    for learned, judged in parts:
        part = reading.rows(learned)
        choice = choose(part, targets[learned], [groups[n] for n in learned], settings.seed)
        layer = taught(part, targets[learned], choice.penalty, choice.trust)
        put_into(network.speech, layer, choice.trust)
        frozen[judged] = answers(network, reading.rows(judged)).argmax(-1).numpy()
    rungs.append(_rung(Method.FROZEN, gold, frozen, started))
    smallest = min(len(learned) for learned, _ in parts)
    if smallest < FEWEST_FINETUNE:
        note = f"{smallest} records to learn from in a fold, it can win from {FEWEST_FINETUNE}"
        rungs.append(Rung(Method.FINETUNE, note=note))
    elif any(len({groups[n] for n in learned}) < 2 for learned, _ in parts):
        note = "a fold's records are of a single group, and no other could choose the epoch"
        rungs.append(Rung(Method.FINETUNE, note=note))
    else:
        started = time.monotonic()
        tuned = np.zeros(len(records), dtype=np.int64)
        for number, (learned, judged) in enumerate(parts, start=1):
            say(f"fine-tuning is tried, {number} of {len(parts)}")
            tuned[judged] = _finetuned(
                material,
                base,
                settings,
                [records[n] for n in learned],
                [records[n] for n in judged],
                device,
                progress,
            )
        rungs.append(_rung(Method.FINETUNE, gold, tuned, started))
    tried = [r for r in rungs if r.kappa is not None]
    best = max(tried, key=lambda r: r.kappa or 0.0)
    return Ladder(tuple(rungs), best.method, "the highest kappa on groups that it had not seen")


def _finetuned(
    material: Material,
    base: BaseModel,
    settings: Settings,
    learned: Sequence[Record],
    judged: Sequence[Record],
    device: str,
    progress: Progress,
) -> NDArray[np.int64]:
    """Return the label numbers that a network taught on `learned` gives to `judged`."""
    inner = split_around(learned, (), settings.seed)
    parts = replace(material.parts, split=inner)
    torch.manual_seed(settings.seed)
    tuned = learn(
        replace(material, parts=parts),
        base,
        replace(settings, teachers=0),
        device=device,
        progress=progress,
        say=lambda _: None,
        learned=lambda: None,
    )
    if tuned.fit.interrupted:
        raise TrainingError("interrupted while the methods were tried: there is nothing to keep.")
    found = []
    with torch.inference_mode():
        for start in range(0, len(judged), _AT_ONCE):
            inputs = [material.inputs[r.message.id] for r in judged[start : start + _AT_ONCE]]
            found.append(logits(tuned.network.eval(), inputs).argmax(-1))
    given: NDArray[np.int64] = torch.cat(found).numpy()
    return given


def _rung(
    method: Method, gold: NDArray[np.int64], given: NDArray[np.int64], started: float
) -> Rung:
    kappa = float(cohen_kappa_score(gold, given))
    return Rung(
        method,
        len(gold),
        float(accuracy_score(gold, given)),
        0.0 if np.isnan(kappa) else kappa,  # one code alone on both sides: no better than chance
        float(f1_score(gold, given, average="macro", zero_division=0)),
        time.monotonic() - started,
    )

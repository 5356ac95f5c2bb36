"""Champion and challenger on the gold messages: their codes, their figures, the pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.codebook import Codebook
from bot.domain.retraining import Figures
from bot.inference.bundle import Bundle
from bot.inference.open import open_engine
from training.arrange import Record
from training.data import encode_all
from training.gate import Parity
from training.judging import score
from training.metrics import Metrics, evaluate
from training.paired import Judged
from training.parity import parity
from training.scored import Scored

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Duel:
    """What both gave to the same records; `first`: nobody stands on the other side."""

    records: tuple[Record, ...]
    before: Scored
    after: Scored
    first: bool

    def judged(self) -> Judged:
        """Return what the gate looks at."""
        return Judged(
            groups=tuple(r.group for r in self.records),
            gold=tuple(r.code for r in self.records),
            before=codes(self.before),
            after=codes(self.after),
            first=self.first,
        )

    def metrics(self) -> tuple[Metrics, Metrics]:
        """Return the measures before and after."""
        return evaluate(self.before), evaluate(self.after)


def codes(scored: Scored) -> tuple[str, ...]:
    """Return the model's code of every message."""
    return tuple(scored.labels[i] for i in scored.predicted)


def coded_by(
    bundle: Bundle,
    records: Sequence[Record],
    kind: str,
    threads: int | None,
    progress: Progress | None = None,
) -> Scored:
    """Return what a bundle gives to `records`; raises EngineError, BundleError, InputError."""
    engine = open_engine(bundle, kind, "cpu", threads)
    try:
        return score(engine, records, encode_all(records, bundle.encoder()), progress)
    finally:
        engine.close()


def check_parity(
    bundle: Bundle, records: Sequence[Record], threads: int | None, progress: Progress
) -> tuple[Parity, Scored]:
    """Return how far the bundle's two forms differ on `records`, and what will serve gives."""
    torch = coded_by(bundle, records, "torch", threads, progress)
    onnx = coded_by(bundle, records, "onnx", threads, progress)
    return parity(onnx, torch), onnx


def commonest(records: Sequence[Record], codebook: Codebook) -> str:
    """Return the code that most of `records` have, the codebook's earlier one of equals."""
    counted = Counter(r.code for r in records)
    return max(codebook.by_code, key=lambda code: counted[code])


def always(code: str, after: Scored) -> Scored:
    """Return the coder that gives every message `code`, judged on what `after` was."""
    labels = tuple(dict.fromkeys((*after.labels, code)))
    gold = [after.classes[i] for i in after.gold_classes]
    probabilities = np.zeros((len(gold), len(labels)), dtype=np.float32)
    probabilities[:, labels.index(code)] = 1.0
    return Scored(
        message_ids=after.message_ids,
        groups=after.groups,
        gold=np.array([labels.index(c) if c in labels else -1 for c in gold], dtype=np.int64),
        probabilities=probabilities,
        labels=labels,
        comments=after.comments,
        unknown=tuple(c for c in gold if c not in labels),
    )


def figures(metrics: Metrics, *, sure: bool = True) -> Figures:
    """Return what is told of a coder; without a calibration error where it is never `sure`."""
    return Figures(
        n=metrics.n,
        accuracy=metrics.accuracy,
        kappa=metrics.kappa,
        macro_f1=metrics.macro_f1,
        ece=metrics.ece if sure else None,
    )

"""Judge a bundle on coded messages that it never learned from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.domain.errors import InputError
from bot.domain.layout import load_transcript
from bot.inference.bundle import Bundle, load_bundle
from bot.inference.open import open_engine
from training.arrange import Arrangement, Record, arrange
from training.data import encode_all
from training.judging import score
from training.metrics import Metrics, evaluate
from training.split import SPLIT_FILE, SplitBy

Part = Literal["test", "all"]


@dataclass(frozen=True)
class Evaluation:
    """The measures, and on which records they were taken."""

    metrics: Metrics
    arrangement: Arrangement
    records: int
    left_out: int
    said: str


def evaluate_bundle(
    path: Path,
    file: Path,
    *,
    part: Part = "test",
    engine: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Evaluation:
    """Code `file` with the bundle at `path` and compare with the people's codes.

    `part` "test" leaves out what the bundle learned from or chose its epoch by (a file it
    has never seen is used whole); "all" judges on everything, and says what that is worth.
    Raises BundleError, EngineError, InputError.
    """
    bundle = load_bundle(path)
    transcript = load_transcript(file, bundle.manifest.codebook)
    arrangement = arrange(transcript, bundle.manifest.codebook)
    seen = _seen(bundle, transcript.dataset)
    if part == "test":
        records = [r for r in arrangement.records if not _learned(r, seen)]
        said = "judged on records that the bundle did not learn from"
    else:
        records = list(arrangement.records)
        said = "judged on ALL records, those it learned from too: no estimate for new groups"
    if not records:
        raise InputError(
            "every usable record is one the bundle learned from",
            "bring messages of other groups, or say --split all",
            source=file,
        )
    inputs = encode_all(records, bundle.encoder())
    active = open_engine(bundle, engine, device, threads)
    try:
        scored = score(active, records, inputs, progress)
    finally:
        active.close()
    return Evaluation(
        evaluate(scored), arrangement, len(records), len(arrangement.records) - len(records), said
    )


def _seen(bundle: Bundle, dataset: str) -> tuple[SplitBy, frozenset[str]]:
    """Return the groups or messages of `dataset` that taught the bundle or chose its epoch."""
    stored = json.loads(bundle.file(SPLIT_FILE).read_text(encoding="utf-8"))
    if dataset != bundle.manifest.training.get("dataset"):
        # Another study may well call its groups by the same names.
        return SplitBy(stored["by"]), frozenset()
    return SplitBy(stored["by"]), frozenset([*stored["train"], *stored["validation"]])


def _learned(record: Record, seen: tuple[SplitBy, frozenset[str]]) -> bool:
    by, names = seen
    return (record.group if by is SplitBy.GROUP else record.message.id) in names


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Write the measures as JSON: n, accuracy, kappa, ..., per_code."""
    path.write_text(json.dumps(evaluation.metrics.to_dict(), indent=1), encoding="utf-8")

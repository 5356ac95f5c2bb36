"""Judge a bundle on coded messages that it never learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN, Door
from bot.encoding.scenarios import check_scenarios
from bot.inference.bundle import Bundle, load_bundle
from bot.inference.open import open_engine
from training.arrange import Arrangement, Record, arrange, check_coded
from training.data import encode_all
from training.judging import score
from training.metrics import Metrics, evaluate
from training.seen import SPLIT_FILE, Seen

Part = Literal["test", "all"]


@dataclass(frozen=True)
class Evaluation:
    """The measures, on which records they were taken, and what is to be known about the file."""

    metrics: Metrics
    arrangement: Arrangement
    records: int
    left_out: int
    said: str
    notes: tuple[str, ...] = ()


def evaluate_bundle(
    path: Path,
    file: Path,
    *,
    part: Part = "test",
    engine: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    door: Door = PLAIN,
) -> Evaluation:
    """Code `file` with the bundle at `path` and compare with the people's codes.

    `part` "test" leaves out what the bundle learned from or chose its epoch by, under
    whatever name it comes (a file it has never seen is used whole); "all" judges on
    everything, and says what that is worth. Raises BundleError, EngineError, InputError.
    """
    bundle = load_bundle(path)
    transcript = door.incoming(file, bundle.manifest.codebook).transcript
    check_coded(transcript, file)
    encoder = bundle.encoder()
    check_scenarios(file, transcript, encoder)
    # Judging is no training: what came through Discord counts here with or without permission.
    arrangement = arrange(transcript, bundle.manifest.codebook, with_discord=True)
    arrangement.check_usable(file)
    usable = arrangement.records
    if part == "test":
        records, said = _unseen(bundle, file, transcript.dataset, usable)
    else:
        records = list(usable)
        said = "judged on ALL records, those it learned from too: no estimate for new groups"
    if not records:
        raise InputError(
            "every usable record is one the bundle learned from",
            "bring messages of other groups, or say --split all",
            source=file,
        )
    inputs = encode_all(records, encoder)
    active = open_engine(bundle, engine, device, threads)
    try:
        scored = score(active, records, inputs, progress)
    finally:
        active.close()
    return Evaluation(
        evaluate(scored),
        arrangement,
        len(records),
        len(usable) - len(records),
        said,
        transcript.notes,
    )


def _unseen(
    bundle: Bundle, file: Path, dataset: str, usable: tuple[Record, ...]
) -> tuple[list[Record], str]:
    """Return the records that the bundle has not met, and how that was told."""
    seen = Seen(bundle.file(SPLIT_FILE).read_text(encoding="utf-8"))
    training = bundle.manifest.training
    met: set[str] = set()
    same_file = hashlib.sha256(file.read_bytes()).hexdigest() == training.get("data_sha256")
    # Another study may well use the same names, and a nameless one says nothing by its name.
    if same_file or (dataset and dataset == training.get("dataset")):
        met |= seen.by_name(usable)
    if not same_file:
        met |= seen.by_trace(usable)
    records = [r for r in usable if r.message.id not in met]
    if len(records) < len(usable):
        said = "judged on records that the bundle did not learn from"
    elif seen.by_text:
        said = "judged: as far as names and texts can tell, none of the file was met in training"
    else:
        said = (
            "judged: no group of the file is named as one that taught; this bundle keeps no trace "
            "of its texts, so the same talk under another name would not be noticed"
        )
    return records, said

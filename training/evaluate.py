"""Judge a bundle on coded messages that it never learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN, Door
from bot.encoding.scenarios import check_scenarios
from bot.inference.bundle import Bundle, load_bundle
from bot.inference.open import open_engine
from bot.reliability.risk_control import unpacked
from training.abstention import TARGETS, Reached, reached
from training.arrange import Arrangement, Record, arrange, check_coded
from training.data import encode_all
from training.judging import score
from training.met import met, seen_of
from training.metrics import Metrics, evaluate
from training.scored import Scored

Part = Literal["test", "all"]


@dataclass(frozen=True)
class Evaluation:
    """The measures, on which records they were taken, and what is to be known about the file.

    `thresholds` were found on the groups that the bundle held out, and are tried on the records;
    none where the bundle was written before it kept those groups' results.
    """

    metrics: Metrics
    arrangement: Arrangement
    records: int
    left_out: int
    said: str
    notes: tuple[str, ...] = ()
    temperature: float = 1.0
    thresholds: tuple[Reached, ...] = ()


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
        bundle.manifest.temperature,
        tuple(_thresholds(bundle, scored)),
    )


def _thresholds(bundle: Bundle, scored: Scored) -> Iterator[Reached]:
    groups = unpacked(bundle.manifest.held_out)
    for target in TARGETS if groups else ():
        found = reached(groups, target, scored)
        if found is not None:
            yield found


def _unseen(
    bundle: Bundle, file: Path, dataset: str, usable: tuple[Record, ...]
) -> tuple[list[Record], str]:
    """Return the records that the bundle has not met, and how that was told."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    taught = met(bundle, usable, dataset=dataset, sha256=sha256)
    records = [r for r in usable if r.message.id not in taught]
    if len(records) < len(usable):
        said = "judged on records that the bundle did not learn from"
    elif seen_of(bundle).by_text:
        said = "judged: as far as names and texts can tell, none of the file was met in training"
    else:
        said = (
            "judged: no group of the file is named as one that taught; this bundle keeps no trace "
            "of its texts, so the same talk under another name would not be noticed"
        )
    return records, said

"""One training run, top to bottom: a coded file in, a bundle out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torch import nn

from bot.domain.errors import InputError, about
from bot.domain.incoming import PLAIN, Door
from bot.encoding.encode import Encoder
from bot.encoding.scenarios import check_scenarios
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.open import open_engine
from bot.inference.weights import save_network
from training.arrange import Arrangement, arrange
from training.base import DEFAULT_BASE, BaseModel, find_base
from training.build import build_network, encoder_spec, head_settings, training_device
from training.data import Source, encode_all, examples, load_source, training_units
from training.determinism import reproducible
from training.example import Example
from training.fit import Fit, Progress, fit
from training.graph import export_graphs
from training.judging import score
from training.machine import machine
from training.metrics import Metrics, evaluate, summary
from training.presets import Settings
from training.report.data import CodeCounts, ReportData
from training.report.write import write_report
from training.seen import SPLIT_FILE, split_json
from training.split import Split, split


@dataclass(frozen=True)
class Trained:
    """What a run gave: the bundle as loaded from disk, and how it did on unseen messages."""

    bundle: Bundle
    arrangement: Arrangement
    fit: Fit
    test: Metrics


def train(  # noqa: PLR0913 - every one is an option of the command
    file: Path,
    out: Path,
    settings: Settings,
    *,
    codebook: Path | None = None,
    discord_permission: str | None = None,
    base: str = DEFAULT_BASE,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    learned: Callable[[], None] = lambda: None,
    door: Door = PLAIN,
) -> Trained:
    """Train a coder on `file` (of a form that `door` reads) and write it as a bundle to `out`.

    The test part is judged with the ONNX engine, that is with what will serve.
    `discord_permission` is the reference of Discord's permission to train on what came through
    it; without one that is left out. `learned` is called when the network has learned: an
    interruption from then on would lose the training. Raises InputError for data that cannot teach,
    TrainingError, BundleError if `out` cannot be written or is there already; nothing is left
    half-written.
    """
    source = load_source(file, codebook, door)
    arrangement = arrange(
        source.transcript, source.codebook, with_discord=discord_permission is not None
    )
    notes = list(source.transcript.notes)
    for line in (
        f"codebook: {source.codebook_from}",
        f"base model: {base}",
        *notes,
        *arrangement.sentences(),
    ):
        say(line)
    with about(file):
        parts = split(arrangement.records, settings.split, settings.seed)
    labels = source.codebook.labels({r.code for r in parts.train})
    if len(labels) < 2:
        raise InputError(
            f"the training part holds the code {', '.join(labels) or 'none'} alone",
            "a coder learns to tell codes apart: add messages with other codes",
            source=file,
        )
    if not any(r.code in labels for r in parts.validation):
        raise InputError(
            "no record of the validation part has a code that the training part holds",
            "code more messages, or try another --seed",
            source=file,
        )
    checkpoint = find_base(base)
    with staged(out, overwrite=overwrite) as folder, reproducible(settings.seed, threads):
        tokenizer = folder / "tokenizer.json"
        tokenizer.write_text(checkpoint.tokenizer_json, encoding="utf-8")
        encoder = Encoder.from_file(tokenizer, encoder_spec(settings, checkpoint))
        check_scenarios(file, source.transcript, encoder)
        inputs = encode_all(arrangement.records, encoder)
        cut = sum(i.cut for i in inputs.values())
        if cut:
            notes.append(f"{cut} comments are longer than the coder reads: their ends were cut")
            say(notes[-1])
        network = build_network(checkpoint, len(labels), settings)
        nn.Module.to(network, training_device(device))
        units = training_units(parts.train, inputs, labels, settings)
        drawn = sum(e.weight for unit in units for e in unit)
        say(
            f"{len(parts.train)} records to train ({drawn} after oversampling), "
            f"{len(parts.validation)} to choose the epoch, {len(parts.test)} to test, "
            f"split by {settings.split}"
        )
        result = fit(network, units, examples(parts.validation, inputs, labels), settings, progress)
        learned()
        if result.interrupted:
            notes.append(f"interrupted: keeping epoch {result.best}, the best so far")
            say(notes[-1])
        say(f"trained for {result.seconds:.0f} s; writing the bundle")
        nn.Module.to(network, "cpu")
        save_network(network, folder)
        met = split_json(parts, settings.split, salt=source.sha256)
        (folder / SPLIT_FILE).write_text(met, encoding="utf-8")
        export_graphs(network, folder)
        draft = Manifest(
            name=out.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            spec=encoder.spec,
            labels=labels,
            codebook=source.codebook,
            network=_head(settings, checkpoint),
            base_model=checkpoint.description,
            training={
                "settings": settings.to_dict(),
                "epochs_done": len(result.epochs),
                "data_sha256": source.sha256,
                "dataset": source.transcript.dataset,
                "records": len(parts.train),
                "discord_permission": discord_permission,
            },
        )
        engine = open_engine(Bundle(folder, draft), "onnx", "cpu", threads)
        try:
            validation = score(engine, parts.validation, inputs)
            scored = score(engine, parts.test, inputs, progress)
        finally:
            engine.close()
        metrics = evaluate(scored)
        write_report(
            folder / "report",
            ReportData(
                name=out.name,
                counts=_counts(source, parts, units, labels),
                dropped=arrangement.dropped,
                people=arrangement.people,
                epochs=result.epochs,
                best_epoch=result.best,
                validation=evaluate(validation),
                test=metrics,
                test_scored=scored,
                settings=settings.to_dict(),
                machine=machine(),
                seconds=result.seconds,
                split=str(settings.split),
                titles={c.code: c.title for c in source.codebook.codes},
                notes=tuple(notes),
            ),
        )
        write_manifest(folder, draft.with_metrics(summary(metrics)))
    return Trained(load_bundle(out), arrangement, result, metrics)


def _head(settings: Settings, base: BaseModel) -> dict[str, Any]:
    if settings.architecture is Architecture.PAIR:
        return {}
    return head_settings(settings, base).to_dict()


def _counts(
    source: Source, parts: Split, units: list[list[Example]], labels: tuple[str, ...]
) -> tuple[CodeCounts, ...]:
    drawn: Counter[str] = Counter()
    for unit in units:
        for example in unit:
            drawn[labels[example.label]] += example.weight
    by_part = {name: Counter(r.code for r in part) for name, part in parts.parts().items()}
    return tuple(
        CodeCounts(
            c.code,
            by_part["train"][c.code],
            drawn[c.code],
            by_part["validation"][c.code],
            by_part["test"][c.code],
        )
        for c in source.codebook.codes
    )

"""One training run, top to bottom: a coded file in, a bundle out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from torch import nn

from bot.domain.errors import InputError
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.open import open_engine
from bot.inference.weights import save_network
from training.arrange import Arrangement, arrange
from training.base import DEFAULT_BASE, BaseModel, find_base
from training.build import build_network, encoder_spec, head_settings, training_device
from training.data import Source, encode_all, examples, load_source, training_units
from training.fit import Example, Fit, Progress, fit, reproducible
from training.graph import export_graphs
from training.judging import score
from training.machine import machine
from training.metrics import Metrics, evaluate, summary
from training.presets import Settings
from training.report.data import CodeCounts, ReportData
from training.report.write import write_report
from training.split import SPLIT_FILE, Split, SplitBy, split


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
    base: str = DEFAULT_BASE,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a coder on `file` (import layout) and write it as a bundle to `out`.

    The test part is judged with the ONNX engine, that is with what will serve. Raises
    InputError for data that cannot teach, TrainingError, BundleError if `out` cannot be
    written or is there already; nothing is left half-written.
    """
    source = load_source(file, codebook)
    arrangement = arrange(source.transcript, source.codebook)
    for line in arrangement.sentences():
        say(line)
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
        for scenario in {d.scenario for d in source.transcript.discussions}:
            encoder.check_scenario(scenario)
        inputs = encode_all(arrangement.records, encoder)
        cut = sum(i.cut for i in inputs.values())
        if cut:
            say(f"{cut} comments are longer than the coder reads: their ends were cut")
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
        if result.interrupted:
            say(f"interrupted: keeping epoch {result.best}, the best so far")
        say(f"trained for {result.seconds:.0f} s; writing the bundle")
        nn.Module.to(network, "cpu")
        save_network(network, folder)
        (folder / SPLIT_FILE).write_text(_split_json(parts, settings.split), encoding="utf-8")
        export_graphs(network, folder)
        draft = _manifest(
            out.name, source, checkpoint, settings, labels, encoder.spec, len(parts.train)
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
            ),
        )
        write_manifest(folder, draft.with_metrics(summary(metrics)))
    return Trained(load_bundle(out), arrangement, result, metrics)


def _manifest(
    name: str,
    source: Source,
    base: BaseModel,
    settings: Settings,
    labels: tuple[str, ...],
    spec: EncoderSpec,
    records: int,
) -> Manifest:
    head = settings.architecture is Architecture.THREAD
    return Manifest(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spec=spec,
        labels=labels,
        codebook=source.codebook,
        network=head_settings(settings, base).to_dict() if head else {},
        base_model=base.description,
        training={
            "settings": settings.to_dict(),
            "data_sha256": source.sha256,
            "dataset": source.transcript.dataset,
            "records": records,
        },
    )


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


def _split_json(parts: Split, by: SplitBy) -> str:
    """Which groups (or messages) taught, so that an evaluation never judges on them."""
    names = {
        part: sorted({r.group if by is SplitBy.GROUP else r.message.id for r in records})
        for part, records in parts.parts().items()
    }
    return json.dumps({"by": str(by), **names}, indent=1)

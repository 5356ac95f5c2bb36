"""A network that has learned -> a bundle's files: weights, graphs, manifest, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.inference.bundle import Bundle, Manifest, write_manifest
from bot.inference.open import open_engine
from bot.inference.weights import save_network
from training.fit import Progress
from training.graph import export_graphs
from training.judging import score
from training.learn import Learned
from training.machine import machine
from training.material import Material
from training.metrics import Metrics, evaluate, summary
from training.presets import Settings
from training.report.data import CodeCounts, ReportData
from training.report.write import write_report
from training.seen import SPLIT_FILE, split_json


def write_bundle(  # noqa: PLR0913 - everything that a bundle tells of
    folder: Path,
    name: str,
    material: Material,
    learned: Learned,
    settings: Settings,
    *,
    network: Mapping[str, Any],
    base_model: Mapping[str, Any],
    discord_permission: str | None,
    notes: Sequence[str],
    threads: int | None,
    progress: Progress,
) -> Metrics:
    """Write everything of a bundle into `folder`, the manifest last; return the test's measures.

    The test part is judged with the ONNX engine, that is with what will serve. `network` are the
    head's settings, `base_model` where the weights came from. Raises GraphError, EngineError.
    """
    source, parts = material.parts.source, material.parts.split
    save_network(learned.network, folder)
    met = split_json(parts, settings.split, salt=source.sha256)
    (folder / SPLIT_FILE).write_text(met, encoding="utf-8")
    export_graphs(learned.network, folder)
    draft = Manifest(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spec=material.encoder.spec,
        labels=material.parts.labels,
        codebook=source.codebook,
        network=network,
        base_model=base_model,
        training={
            "settings": settings.to_dict(),
            "epochs_done": len(learned.fit.epochs),
            "data_sha256": source.sha256,
            "dataset": source.transcript.dataset,
            "records": len(parts.train),
            "discord_permission": discord_permission,
        },
    )
    engine = open_engine(Bundle(folder, draft), "onnx", "cpu", threads)
    try:
        validation = score(engine, parts.validation, material.inputs)
        scored = score(engine, parts.test, material.inputs, progress)
    finally:
        engine.close()
    metrics = evaluate(scored)
    write_report(
        folder / "report",
        ReportData(
            name=name,
            counts=_counts(material, learned.drawn),
            dropped=material.parts.arrangement.dropped,
            people=material.parts.arrangement.people,
            epochs=learned.fit.epochs,
            best_epoch=learned.fit.best,
            validation=evaluate(validation),
            test=metrics,
            test_scored=scored,
            settings=settings.to_dict(),
            machine=machine(),
            seconds=learned.fit.seconds,
            split=str(settings.split),
            titles={c.code: c.title for c in source.codebook.codes},
            notes=tuple(notes),
        ),
    )
    write_manifest(folder, draft.with_metrics(summary(metrics)))
    return metrics


def _counts(material: Material, drawn: Counter[str]) -> tuple[CodeCounts, ...]:
    parts = material.parts.split.parts()
    by_part = {name: Counter(r.code for r in part) for name, part in parts.items()}
    return tuple(
        CodeCounts(
            c.code,
            by_part["train"][c.code],
            drawn[c.code],
            by_part["validation"][c.code],
            by_part["test"][c.code],
        )
        for c in material.parts.source.codebook.codes
    )

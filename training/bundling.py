"""A network that has learned -> a bundle's files: weights, graphs, manifest, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from bot.inference.bundle import Bundle, Manifest, write_manifest
from bot.inference.lineage import write_records
from bot.inference.open import open_engine
from bot.inference.weights import save_network
from bot.reliability.risk_control import HeldOut, held_out, packed, unpacked
from training.abstention import TARGETS, reached
from training.arrange import Record
from training.calibration import expected_calibration_error, reliability
from training.fit import Progress
from training.graph import export_graphs
from training.judging import score
from training.learn import Learned
from training.machine import machine
from training.material import Material
from training.metrics import Metrics, evaluate, summary
from training.model_card import MODEL_CARD, model_card
from training.presets import Settings
from training.records import bundle_records, told_lineage
from training.report.data import Calibration, CodeCounts, ReportData
from training.report.write import write_report
from training.scored import Scored
from training.seen import SPLIT_FILE, split_json
from training.temperature import Temperature, fit_temperature, tempered


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
    lineage: Mapping[str, Any] = MappingProxyType({}),
) -> Metrics:
    """Write everything of a bundle into `folder`, the manifest last; return the test's measures.

    The validation part gives the temperature before the test part is judged, both with the ONNX
    engine, that is with what will serve. `network` are the head's settings, `base_model` where the
    weights came from, `lineage` what else is to be told of that. Raises GraphError, EngineError.
    """
    source, parts = material.parts.source, material.parts.split
    save_network(learned.network, folder)
    met = split_json(parts, settings.split, salt=source.sha256)
    (folder / SPLIT_FILE).write_text(met, encoding="utf-8")
    export_graphs(learned.network, folder)
    taught = tuple(bundle_records(parts, source))
    write_records(folder, taught)
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
            **learned.told,
            "lineage": {**lineage, **told_lineage(material.parts, taught)},
        },
    )
    raw = _judged(Bundle(folder, draft), parts.validation, material, threads)
    temperature = fit_temperature(raw)
    validation = tempered(raw, temperature.value)
    draft = draft.calibrated(
        temperature.value, packed(_held_out(validation, (*parts.train, *parts.uncoded)))
    )
    scored = _judged(Bundle(folder, draft), parts.test, material, threads, progress)
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
            calibration=_calibration(temperature, draft, scored),
        ),
    )
    complete = draft.with_metrics(summary(metrics))
    card = model_card(complete, own_codes=Counter(r.code for r in parts.train))
    (folder / MODEL_CARD).write_text(card, encoding="utf-8")
    write_manifest(folder, complete)
    return metrics


def _judged(
    bundle: Bundle,
    records: Sequence[Record],
    material: Material,
    threads: int | None,
    progress: Progress | None = None,
) -> Scored:
    engine = open_engine(bundle, "onnx", "cpu", threads)
    try:
        return score(engine, records, material.inputs, progress)
    finally:
        engine.close()


def _held_out(validation: Scored, train: Sequence[Record]) -> tuple[HeldOut, ...]:
    """Return how the coder does on groups that it has learned nothing from.

    Split by record there are none: messages of a group that taught say nothing of new groups.
    """
    taught = {r.group for r in train}
    new = np.array([group not in taught for group in validation.groups], dtype=np.bool_)
    names = [g for g in validation.groups if g not in taught]
    return held_out(names, validation.confidence[new], validation.right[new])


def _calibration(temperature: Temperature, manifest: Manifest, test: Scored) -> Calibration:
    before = tempered(test, 1 / temperature.value)
    bins = reliability(before.confidence, before.right)
    groups = unpacked(manifest.held_out)  # as they will be read when the bundle serves
    found = (reached(groups, target, test) for target in (TARGETS if groups else ()))
    return Calibration(
        temperature.value,
        temperature.note,
        expected_calibration_error(bins),
        bins,
        tuple(r for r in found if r is not None),
    )


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

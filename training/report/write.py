"""A report's files: report.json, report.md, pictures and predictions.csv."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.domain.cells import ENCODING, neutralise
from bot.domain.coding import Prediction
from training.report.data import ReportData
from training.report.plots import draw
from training.report.text import report_text
from training.scored import Scored

PREDICTION_COLUMNS = (
    "message_id",
    "thread_id",
    "comment",
    "gold",
    "predicted",
    "confidence",
    "runner_up",
    "runner_up_confidence",
    "correct",
)


def write_report(folder: Path, data: ReportData) -> None:
    """Write the report's files into `folder`, which is made if need be.

    Equal data give equal bytes. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = json.dumps(_plain(report_dict(data)), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(plain + "\n", encoding="utf-8")
    (folder / "report.md").write_text(report_text(data), encoding="utf-8")
    write_predictions(folder / "predictions.csv", data.test_scored)
    for name, picture in draw(data.epochs, data.best_epoch, data.test, data.calibration).items():
        (folder / name).write_bytes(picture)


def report_dict(data: ReportData) -> dict[str, Any]:
    """Return everything in the report but the test messages themselves."""
    return {
        "name": data.name,
        "split": data.split,
        "records": [asdict(c) for c in data.counts],
        "dropped": [asdict(d) for d in data.dropped],
        "people": [pair.to_dict() for pair in data.people],
        "epochs": [asdict(e) for e in data.epochs],
        "best_epoch": data.best_epoch,
        "validation": data.validation.to_dict(),
        "test": data.test.to_dict(),
        "calibration": None if data.calibration is None else asdict(data.calibration),
        "settings": dict(data.settings),
        "machine": dict(data.machine),
        "seconds": data.seconds,
        "notes": list(data.notes),
    }


def write_predictions(path: Path, scored: Scored) -> None:
    """Write one CSV row a message, with the model's first two codes, as exports are written.

    Texts that a spreadsheet would run as a formula begin with an apostrophe.
    """
    with path.open("w", encoding=ENCODING, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(PREDICTION_COLUMNS)
        for i, message_id in enumerate(scored.message_ids):
            decision = Prediction.of(scored.probabilities[i].tolist(), scored.labels)
            gold = scored.classes[scored.gold_classes[i]]
            texts = (message_id, scored.groups[i], scored.comments[i], gold, decision.code)
            writer.writerow(
                (
                    *map(neutralise, texts),
                    f"{decision.confidence:.6f}",
                    neutralise(decision.runner_up or ""),
                    ""
                    if decision.runner_up_confidence is None
                    else f"{decision.runner_up_confidence:.6f}",
                    "yes" if decision.code == gold else "no",
                )
            )


def _plain(value: Any) -> Any:
    """Return `value` as JSON knows it: a loss that ran away (NaN, infinite) becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value

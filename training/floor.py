"""The floor that a neural coder must clear: TF-IDF of the comment alone and a linear SVM.

python -m training.floor FILE [--seeds 0 1 2] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.domain.errors import IntercoderError
from training.arrange import arrange
from training.data import load_source
from training.material import part
from training.metrics import Metrics, evaluate
from training.presets import DEFAULT
from training.scored import Scored
from training.words import features


def floor(path: Path, seed: int) -> Metrics:
    """Train on the same split as `intercoder train` and judge on its test part."""
    source = load_source(path)
    arrangement = arrange(source.transcript, source.codebook)
    whole = part(source, arrangement, replace(DEFAULT, seed=seed), source.gold)
    parts, labels = whole.split, whole.labels
    index = {label: i for i, label in enumerate(labels)}
    model = make_pipeline(
        features(),
        CalibratedClassifierCV(LinearSVC(class_weight="balanced", random_state=seed), cv=3),
    )
    model.fit([r.message.text for r in parts.train], [index[r.code] for r in parts.train])
    test = parts.test
    return evaluate(
        Scored(
            message_ids=tuple(r.message.id for r in test),
            groups=tuple(r.group for r in test),
            gold=np.array([index.get(r.code, -1) for r in test], dtype=np.int64),
            probabilities=model.predict_proba([r.message.text for r in test]).astype(np.float32),
            labels=labels,
            comments=tuple(r.message.text for r in test),
            unknown=tuple(r.code for r in test if r.code not in index),
        )
    )


def main(arguments: list[str] | None = None) -> int:
    """Print one line a seed, and write all figures as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m training.floor", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    try:
        found = {seed: floor(options.file, seed) for seed in options.seeds}
    except IntercoderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for seed, metrics in found.items():
        sys.stdout.write(
            f"seed {seed}: accuracy {metrics.accuracy:.3f}, kappa {metrics.kappa:.3f}, "
            f"macro-F1 {metrics.macro_f1:.3f} on {metrics.n} messages\n"
        )
    if options.json:
        options.json.write_text(
            json.dumps({s: m.to_dict() for s, m in found.items()}, indent=1), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

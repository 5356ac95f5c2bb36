"""A made-up evaluation and the report's data around it."""

from __future__ import annotations

import numpy as np

from training.arrange import Dropped
from training.metrics import Scored, evaluate
from training.report import CodeCounts, Epoch, ReportData


def scored_of(codes: int, messages: int = 400, groups: int = 12, seed: int = 1) -> Scored:
    """Return messages whose rarer codes are met less often and less well."""
    chance = np.random.default_rng(seed)
    shares = 1 / np.arange(1, codes + 1)
    gold = chance.choice(codes, size=messages, p=shares / shares.sum())
    logits = chance.normal(size=(messages, codes))
    logits[np.arange(messages), gold] += 3.2 - gold * 2 / codes
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return Scored(
        message_ids=tuple(f"m{i:04d}" for i in range(messages)),
        groups=tuple(f"thread-{i % groups}" for i in range(messages)),
        gold=gold.astype(np.int64),
        probabilities=probabilities.astype(np.float32),
        labels=tuple(f"C{i:02d}" for i in range(codes)),
        comments=tuple(f"comment number {i}" for i in range(messages)),
    )


def report_of(scored: Scored, epochs: int = 4) -> ReportData:
    """Return a report's data around `scored`, taken as test and as validation set."""
    measured = evaluate(scored, resamples=100)
    return ReportData(
        name="made-up",
        counts=tuple(CodeCounts(c, 70 + i, 90 + i, 15, 15) for i, c in enumerate(scored.labels)),
        dropped=(
            Dropped("uncoded", 7),
            Dropped("coders do not agree", 3),
            Dropped("coders do not agree", 3, ("ann", "bob")),
        ),
        epochs=tuple(
            Epoch(n, 1.9 / n, 1 - 0.5 / n, 1.6 / n + 0.1 * n, 0.8 - 0.3 / n, 5e-5 * 0.81**n, 61.2)
            for n in range(1, epochs + 1)
        ),
        best_epoch=min(3, epochs),
        validation=measured,
        test=measured,
        test_scored=scored,
        settings={"preset": "default", "seed": 0},
        machine={"cpu": "a CPU", "cores": 2, "torch": "2.13.0"},
        seconds=244.0,
        titles={"C00": "First code"},
    )

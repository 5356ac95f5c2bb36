"""What a training run has to tell: the plain data behind its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.abstention import Reached
from training.arrange import Dropped
from training.calibration import Bin
from training.curve import Epoch
from training.metrics import Metrics
from training.people import Pair
from training.scored import Scored


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """Records of one code in each part; `train_drawn` is `train` after oversampling."""

    code: str
    train: int
    train_drawn: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the validation groups gave, and how it holds on the test groups.

    `note` says why no temperature was fitted. `ece_before` and `before` are the test's without
    the temperature; `thresholds` were found on the validation groups and are checked on the test.
    """

    temperature: float
    note: str | None
    ece_before: float | None
    before: tuple[Bin, ...]
    thresholds: tuple[Reached, ...]


@dataclass(frozen=True)
class ReportData:
    """Everything that the report shows; `best_epoch` is the `epoch` number that was kept.

    `titles` gives a code's title for readers; `split` is "group" or "record"; `settings` and
    `machine` are plain values (machine: cpu, cores, torch); `seconds` is the training's time.
    """

    name: str
    counts: tuple[CodeCounts, ...]
    dropped: tuple[Dropped, ...]
    epochs: tuple[Epoch, ...]
    best_epoch: int
    validation: Metrics
    test: Metrics
    test_scored: Scored
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]
    seconds: float
    split: str = "group"
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    people: tuple[Pair, ...] = ()
    calibration: Calibration | None = None

"""Reliability as CSV: one row a figure, so that any program can sort, filter and plot it."""

from __future__ import annotations

import csv
from pathlib import Path

from bot.domain.cells import ENCODING, neutralise
from bot.services.reliability import StudyReliability
from exports.reliability.lines import BETWEEN, Line, lines
from exports.writing import replacing

COLUMNS = (
    "study",
    "part",
    "of",
    "coders",
    "code",
    "measure",
    "value",
    "low",
    "high",
    "n_units",
    "groups",
    "landis_koch",
    "mchugh",
)


def write_table(found: StudyReliability, path: Path) -> int:
    """Write every figure to `path` and return how many rows that made.

    Raises WritingError, and leaves what was there. Equal data give equal bytes.
    """
    with replacing(path, encoding=ENCODING) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        rows = 0
        for line in lines(found):
            writer.writerow(_cells(found.name, line))
            rows += 1
    return rows


def is_table(path: Path) -> bool:
    """Tell whether a file is an earlier table of reliability."""
    with path.open(encoding=ENCODING, errors="replace") as file:
        return file.readline(1_000).rstrip("\r\n") == ",".join(COLUMNS)


def _cells(study: str, line: Line) -> tuple[str, ...]:
    texts = (study, line.part, line.of, BETWEEN.join(line.coders), line.code, line.measure)
    figures = map(_number, (line.value, line.low, line.high))
    counts = (str(line.n_units), str(line.groups))
    # Figures are ours: a negative kappa stays a number.
    return (*map(neutralise, texts), *figures, *counts, line.landis_koch, line.mchugh)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"

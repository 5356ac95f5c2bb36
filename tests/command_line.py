"""What tests of the command line share: coded files, the real command line, dumps."""

from __future__ import annotations

import csv
import io
import os
import random
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bot.__main__ import run
from bot.commands.state import State
from bot.domain.layout import COLUMNS
from tests.tiny import LABELS, SCENARIO, TALK

ROOT = Path(__file__).parents[1]
START = datetime(2026, 3, 1, 10, tzinfo=UTC)
Row = dict[str, str]


def rows(threads: int = 2, scenarios: int = 2, messages: int = 5, gap: float = 1.0) -> list[Row]:
    """Return coded talk; `gap` seconds lie between two messages of a thread."""
    chance = random.Random(0)  # noqa: S311 - talk, not secrets
    found = []
    for t in range(threads):
        at = START
        for s in range(scenarios):
            for n in range(1, messages + 1):
                at += timedelta(seconds=gap)
                cells = ("talk", f"g{t}", f"s{s}", f"{SCENARIO.text} {s}", str(n), f"P{n % 3}")
                said = (at.isoformat(), f"{chance.choice(TALK)} {n}", chance.choice(LABELS), "ann")
                found.append(dict(zip(COLUMNS, cells + said, strict=True)))
    return found


def write(path: Path, given: Iterable[Row], columns: Sequence[str] = COLUMNS) -> Path:
    """Write a file in the import layout."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(given)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def intercoder(*arguments: object) -> Ended:
    """Run a command in this process, exactly as `python -m bot` does; no .env is read."""
    out, err = io.StringIO(), io.StringIO()
    state = State(
        out=Console(file=out, highlight=False, width=200),
        err=Console(file=err, highlight=False, width=200),
        env_file=None,
    )
    return Ended(run([str(a) for a in arguments], state), out.getvalue(), err.getvalue())


def as_process(*arguments: object) -> list[str]:
    """Return the command line of a process of its own."""
    return [sys.executable, "-m", "bot", *(str(a) for a in arguments)]


def environment() -> dict[str, str]:
    """Return an environment without settings, one thread a process."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("INTERCODER_")}
    return kept | {"PYTHONPATH": str(ROOT), "INTERCODER_MODEL__THREADS": "1"}


def dump(database: Path) -> list[str] | None:
    """Return the whole database as SQL, row by row; None where there is none."""
    if not database.exists():
        return None
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())

"""How far a retraining is: lines of the process that trains, kept in a file for all who ask."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.services.retraining.places import PROGRESS

_LONGEST = 200  # characters of a text that is shown
_MOST = 10**9  # steps: what is more is no number of steps


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` steps of a stage, and what the process says about it."""

    stage: str
    done: int
    total: int
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The last progress, when it was told, and when its stage began."""

    progress: Progress
    at: datetime
    since: datetime

    def left(self) -> timedelta | None:
        """Return the time that the stage will still take at its pace; None if unknown.

        A clock that was set back gives no pace.
        """
        took = (self.at - self.since).total_seconds()
        done, total = self.progress.done, self.progress.total
        if took <= 0 or not 0 < done <= total:
            return None
        return timedelta(seconds=took / done * (total - done))


def parse(line: bytes) -> Progress | None:
    """Return the progress that a line tells; None for anything else."""
    try:
        found = json.loads(line)
        stage, done, total = found["stage"], found["done"], found["total"]
        text = found.get("text", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    plain = isinstance(stage, str) and isinstance(text, str)
    if not plain or type(done) is not int or type(total) is not int:
        return None
    if not (0 <= done <= _MOST and 0 <= total <= _MOST):
        return None
    return Progress(printable(stage), done, total, printable(text))


def printable(text: str) -> str:
    """Return a text as one short line without control characters."""
    kept = "".join(c if c.isprintable() else " " for c in text[: 4 * _LONGEST])
    return " ".join(kept.split())[:_LONGEST]


def keep(folder: Path, kept: Kept) -> None:
    """Write the progress into the folder of a retraining. A disk that is full loses it."""
    plain = {
        **asdict(kept.progress),
        "at": kept.at.isoformat(),
        "since": kept.since.isoformat(),
    }
    new = folder / f"{PROGRESS}.new"
    with suppress(OSError):
        new.write_text(json.dumps(plain), encoding="utf-8")
        new.replace(folder / PROGRESS)


def kept_in(folder: Path) -> Kept | None:
    """Return the progress in the folder of a retraining; None before the first."""
    try:
        found = json.loads((folder / PROGRESS).read_bytes())
        progress = Progress(found["stage"], found["done"], found["total"], found["text"])
        at, since = (datetime.fromisoformat(found[name]) for name in ("at", "since"))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Kept(progress, at, since)

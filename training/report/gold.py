"""Both coders' codes on every gold message: what a decision is retraced by. Without words."""

from __future__ import annotations

import csv
from pathlib import Path

from bot.domain.cells import ENCODING, neutralise
from training.paired import Judged

COLUMNS = ("message_id", "thread_id", "gold", "before", "after")


def write_gold(path: Path, message_ids: tuple[str, ...], judged: Judged) -> None:
    """Write one CSV row a gold message; raises OSError where `path` cannot be written."""
    columns = (message_ids, judged.groups, judged.gold, judged.before, judged.after)
    with path.open("w", encoding=ENCODING, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(tuple(map(neutralise, row)) for row in zip(*columns, strict=True))

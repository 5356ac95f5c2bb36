"""Rows of the import layout, from CSV text; those of our own exports with what they add.

A file with the column `coder_kind` is an export of ours (docs/exports.md): its cells are given
back as they were before spreadsheets had to be kept from running them, and its columns
`round`, `provenance` and `coder_kind` are read, too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.cells import restore
from bot.domain.coding import CoderKind
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError

COLUMNS = (
    "dataset",
    "thread_id",
    "scenario_id",
    "scenario",
    "sequence",
    "speaker",
    "timestamp",
    "comment",
    "code",
    "coder",
)
EXPORT_MARK = "coder_kind"
_EXPORT_COLUMNS = (EXPORT_MARK, "round", "provenance")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FIELD_LIMIT = 10_000_000  # characters; the csv module's own 131,072 refuses long comments


@dataclass(frozen=True, slots=True)
class Row:
    """One line's cells, checked one by one. `provenance` is None where the file tells none."""

    line: int
    dataset: str
    thread_id: str
    scenario_id: str
    scenario: str
    sequence: int
    speaker: str
    sent_at: datetime | None
    comment: str
    code: str
    coder: str
    round: int = 1
    provenance: Provenance | None = None
    by_model: bool = False
    exported: bool = False


def read_rows(text: str, source: str | Path) -> Iterator[Row]:
    """Yield the rows of `text`; raises InputError with the line of what cannot be read."""
    control = _CONTROL.search(text)
    if control:
        raise InputError(
            f"control character U+{ord(control.group()):04X} in the text",
            "the file was damaged on its way: export it again, or remove the character",
            source=source,
            line=text.count("\n", 0, control.start()) + 1,
        )
    previous_limit = csv.field_size_limit(_FIELD_LIMIT)
    line = 1  # where the row begins that is being read
    try:
        # Not str.splitlines: it also ends lines at U+0085 and U+2028, which stand in comments.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        names = [name.strip() for name in header]
        missing = [c for c in COLUMNS if c not in names]
        if missing:
            found = ", ".join(names) or "nothing"
            raise InputError(
                f"column {', '.join(missing)} is missing (found: {found})",
                f"the header must name {','.join(COLUMNS)}",
                source=source,
                line=1,
            )
        at = {c: names.index(c) for c in (*COLUMNS, *_EXPORT_COLUMNS) if c in names}
        as_written = restore if EXPORT_MARK in at else str
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) != len(names):
                    raise InputError(
                        f"{len(cells)} cells where the header has {len(names)}",
                        "put cells with commas or line breaks in double quotes",
                        source=source,
                        line=line,
                    )
                yield _row({c: as_written(cells[i]) for c, i in at.items()}, source, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"not readable as CSV ({error})",
            "check the quotes of the row that begins there",
            source=source,
            line=line,
        ) from None
    finally:
        csv.field_size_limit(previous_limit)


def _row(cells: dict[str, str], source: str | Path, line: int) -> Row:
    needed = ["thread_id", "scenario_id", "speaker"]
    if cells["code"].strip():  # a message that nobody coded has no coder
        needed.append("coder")
    for name in needed:
        if not cells[name].strip():
            raise InputError(f"{name} is empty", "fill it in", source=source, line=line)
    return Row(
        line=line,
        dataset=cells["dataset"].strip(),
        thread_id=cells["thread_id"].strip(),
        scenario_id=cells["scenario_id"].strip(),
        scenario=cells["scenario"].strip(),
        sequence=_count(cells, "sequence", source, line),
        speaker=cells["speaker"].strip(),
        sent_at=_time(cells["timestamp"].strip(), source, line),
        comment=cells["comment"],
        code=cells["code"].strip(),
        coder=cells["coder"].strip(),
        round=_count(cells, "round", source, line) if "round" in cells else 1,
        provenance=_provenance(cells.get("provenance", "").strip(), source, line),
        by_model=cells.get(EXPORT_MARK, "").strip() == CoderKind.MODEL,
        exported=EXPORT_MARK in cells,
    )


def _count(cells: dict[str, str], name: str, source: str | Path, line: int) -> int:
    number = cells[name].strip()
    # Ten digits and more are no count of messages, and neither int() nor a database takes all.
    if not (number.isascii() and number.isdigit() and len(number) < 10) or int(number) < 1:
        raise InputError(
            f"{name} {number[:40]!r} is not a whole number from 1 to 999999999",
            "count the messages of each scenario from 1",
            source=source,
            line=line,
        )
    return int(number)


def _provenance(cell: str, source: str | Path, line: int) -> Provenance | None:
    if not cell:
        return None
    try:
        return Provenance(cell)
    except ValueError:
        raise InputError(
            f"provenance {cell!r} is not known",
            f"write one of {', '.join(Provenance)}, or leave it empty",
            source=source,
            line=line,
        ) from None


def _time(cell: str, source: str | Path, line: int) -> datetime | None:
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"timestamp {cell!r} is not a time",
            "write it as 2024-05-31 14:02:07+00:00, or leave it empty",
            source=source,
            line=line,
        ) from None

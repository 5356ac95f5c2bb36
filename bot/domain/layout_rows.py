"""Rows of the import layout, from CSV text; those of our own exports with what they add.

A file with the column `coder_kind` is an export of ours (docs/exports.md): its cells are given
back as they were before spreadsheets had to be kept from running them, and its columns `act`,
`message_id`, `reply_to`, `deleted`, `session` and `coder_kind` are read, too, and of a verified
export those of `bot.domain.origin`. `round` and `provenance` are read wherever they stand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.domain.cells import restore
from bot.domain.coding import Act, CoderKind
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError
from bot.domain.layout_cells import Cells
from bot.domain.origin import ORIGIN_COLUMNS, Origin, origin_of
from bot.domain.reading import check_characters, check_commas

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
_EXPORT_COLUMNS = (
    EXPORT_MARK,
    "message_id",
    "deleted",
    "act",
    "reply_to",
    "session",
    *ORIGIN_COLUMNS,
)
_MORE_COLUMNS = ("round", "provenance")
FIELD_LIMIT = 10_000_000
"""Characters of a cell; the csv module's own 131,072 refuses long comments."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line's cells, checked one by one.

    `message_id` and `provenance` are None where the file tells none.
    """

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
    message_id: str | None = None
    round: int = 1
    provenance: Provenance | None = None
    deleted: bool = False
    by_model: bool = False
    exported: bool = False
    act: Act = Act.CODED
    reply_to: str | None = None
    session: str | None = None
    origin: Origin | None = None


def read_rows(text: str, source: str | Path) -> Iterator[Row]:
    """Yield the rows of `text`; raises InputError with the line of what cannot be read."""
    check_characters(text, source)
    check_commas(text, source)
    previous_limit = csv.field_size_limit(FIELD_LIMIT)
    line = 1  # where the row begins that is being read
    try:
        # Not str.splitlines: it also ends lines at U+0085 and U+2028, which stand in comments.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip() for name in next(reader, [])]
        at = _places(names, source)
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
                yield row_of(Cells({c: as_written(cells[i]) for c, i in at.items()}, source, line))
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


def _places(names: Sequence[str], source: str | Path) -> dict[str, int]:
    """Return where each column that is read stands; other columns may be there, and twice."""
    missing = [c for c in COLUMNS if c not in names]
    if missing:
        found = ", ".join(names) or "nothing"
        lacking = "column {} is" if len(missing) == 1 else "columns {} are"
        raise InputError(
            f"{lacking.format(', '.join(missing))} missing (found: {found})",
            f"the header must name {','.join(COLUMNS)}",
            source=source,
            line=1,
        )
    more = (*_MORE_COLUMNS, *_EXPORT_COLUMNS) if EXPORT_MARK in names else _MORE_COLUMNS
    read = [*COLUMNS, *(name for name in more if name in names)]
    for name in read:
        if names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            raise InputError(
                f"column {name} stands twice, as number {first + 1} and number {second + 1}",
                "keep the one that is meant",
                source=source,
                line=1,
            )
    return {name: names.index(name) for name in read}


def _coder(cells: Cells, code: str) -> str:
    coder = cells.text("coder")
    if code and not coder:
        raise cells.refusal(f"code {code!r} stands there without a coder", "name who gave it")
    return coder


def row_of(cells: Cells) -> Row:
    """Return the row that these cells make; raises InputError for one that cannot be read."""
    code = cells.text("code")
    exported = EXPORT_MARK in cells
    kind = cells.kind(EXPORT_MARK)
    if code and exported and kind is None:
        raise cells.refusal(
            f"{EXPORT_MARK} is empty beside code {code!r}", f"write {' or '.join(CoderKind)}"
        )
    return Row(
        line=cells.line,
        dataset=cells.text("dataset"),
        thread_id=cells.filled("thread_id"),
        scenario_id=cells.filled("scenario_id"),
        scenario=cells.text("scenario"),
        sequence=cells.count("sequence"),
        speaker=cells.filled("speaker"),
        sent_at=cells.time("timestamp"),
        comment=cells.raw("comment"),
        code=code,
        # A message that nobody coded has no coder.
        coder=_coder(cells, code),
        message_id=cells.filled("message_id") if "message_id" in cells else None,
        round=cells.count("round"),
        provenance=cells.provenance("provenance"),
        deleted=cells.yes("deleted"),
        by_model=kind is CoderKind.MODEL,
        exported=exported,
        act=cells.act("act"),
        reply_to=cells.text("reply_to") or None,
        session=cells.text("session") or None,
        origin=origin_of(cells) if exported else None,
    )

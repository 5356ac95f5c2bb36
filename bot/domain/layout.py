"""The import layout: CSV rows, one per message and coder -> a checked Transcript.

Columns: dataset, thread_id, scenario_id, scenario, sequence, speaker, timestamp, comment,
code, coder. `sequence` counts from 1 within thread and scenario; a message coded by three
people stands in three rows that differ in `code` and `coder` alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.discussion import Discussion, Message, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript

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
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FIELD_LIMIT = 10_000_000  # characters; the csv module's own 131,072 refuses long comments


@dataclass(frozen=True, slots=True)
class _Row:
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


def load_transcript(
    path: Path, codebook: Codebook | None = None, provenance: Provenance = Provenance.IMPORT
) -> Transcript:
    """Read a file in the import layout.

    With a `codebook`, every code must stand in it. Raises InputError with file and line.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", "check the path", source=path) from None
    except IsADirectoryError:
        raise InputError("this is a folder", "name the CSV file in it", source=path) from None
    except PermissionError:
        raise InputError(
            "the file may not be read", "give yourself read permission", source=path
        ) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            "save the file as 'CSV UTF-8'",
            source=path,
            line=line,
        ) from None
    return parse_transcript(text, source=path, codebook=codebook, provenance=provenance)


def parse_transcript(
    text: str,
    source: str | Path,
    codebook: Codebook | None = None,
    provenance: Provenance = Provenance.IMPORT,
) -> Transcript:
    """Parse the import layout from text; `source` names it in errors.

    Raises InputError for missing columns, no rows, control characters, bad numbers or
    times, duplicate or not restarting sequences, rows of one message that contradict each
    other, and codes that are not in `codebook`.
    """
    rows = list(_rows(text, source))
    if not rows:
        raise InputError("there are no messages", "export them again", source=source)
    if codebook is not None:
        for row in rows:
            if row.code and row.code not in codebook.by_code:
                raise InputError(
                    f"code {row.code!r} is not in codebook {codebook.id!r}",
                    f"use one of {', '.join(codebook.by_code)}, or add it to the codebook",
                    source=source,
                    line=row.line,
                )
    return _assemble(rows, source, provenance)


def _rows(text: str, source: str | Path) -> Iterator[_Row]:
    control = _CONTROL.search(text)
    if control:
        raise InputError(
            f"control character U+{ord(control.group()):04X} in the text",
            "the file was damaged on its way: export it again, or remove the character",
            source=source,
            line=text.count("\n", 0, control.start()) + 1,
        )
    previous_limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
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
        at = [names.index(c) for c in COLUMNS]
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
                yield _row(dict(zip(COLUMNS, (cells[i] for i in at), strict=True)), source, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"not readable as CSV ({error})",
            "check the quotes around this line",
            source=source,
            line=reader.line_num,
        ) from None
    finally:
        csv.field_size_limit(previous_limit)


def _row(cells: dict[str, str], source: str | Path, line: int) -> _Row:
    for name in ("thread_id", "scenario_id", "speaker", "coder"):
        if not cells[name].strip():
            raise InputError(f"{name} is empty", "fill it in", source=source, line=line)
    number = cells["sequence"].strip()
    if not (number.isascii() and number.isdigit()) or int(number) < 1:
        raise InputError(
            f"sequence {number!r} is not a whole number from 1",
            "count the messages of each scenario from 1",
            source=source,
            line=line,
        )
    return _Row(
        line=line,
        dataset=cells["dataset"].strip(),
        thread_id=cells["thread_id"].strip(),
        scenario_id=cells["scenario_id"].strip(),
        scenario=cells["scenario"].strip(),
        sequence=int(number),
        speaker=cells["speaker"].strip(),
        sent_at=_time(cells["timestamp"].strip(), source, line),
        comment=cells["comment"],
        code=cells["code"].strip(),
        coder=cells["coder"].strip(),
    )


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


def _assemble(rows: Iterable[_Row], source: str | Path, provenance: Provenance) -> Transcript:
    first: dict[tuple[str, str, int], _Row] = {}
    scenarios: dict[str, _Row] = {}
    codes: dict[tuple[str, str, int], dict[str, str]] = {}
    for row in rows:
        known = scenarios.setdefault(row.scenario_id, row)
        if known.scenario != row.scenario:
            raise InputError(
                f"scenario {row.scenario_id!r} has another text than in line {known.line}",
                "give each scenario_id one text",
                source=source,
                line=row.line,
            )
        key = (row.thread_id, row.scenario_id, row.sequence)
        before = first.setdefault(key, row)
        same = (before.comment, before.speaker, before.sent_at) == (
            row.comment,
            row.speaker,
            row.sent_at,
        )
        by_coder = codes.setdefault(key, {})
        if not same or row.coder in by_coder:
            raise InputError(
                f"sequence {row.sequence} stands twice in thread {row.thread_id!r}, scenario "
                f"{row.scenario_id!r} (first in line {before.line})",
                "number the messages of a scenario 1, 2, 3, ... and give each coder one row a message",
                source=source,
                line=row.line,
            )
        by_coder[row.coder] = row.code
    return _transcript(first, scenarios, codes, source, provenance)


def _transcript(
    first: dict[tuple[str, str, int], _Row],
    scenarios: dict[str, _Row],
    codes: dict[tuple[str, str, int], dict[str, str]],
    source: str | Path,
    provenance: Provenance,
) -> Transcript:
    grouped: dict[tuple[str, str], list[_Row]] = {}
    for row in first.values():
        grouped.setdefault((row.thread_id, row.scenario_id), []).append(row)
    discussions: list[Discussion] = []
    gaps = 0
    message_codes: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for (thread_id, scenario_id), members in grouped.items():
        members.sort(key=lambda r: r.sequence)
        if members[0].sequence != 1:
            raise InputError(
                f"sequence starts at {members[0].sequence} in thread {thread_id!r}, scenario "
                f"{scenario_id!r}",
                "restart the sequence at 1 with each scenario",
                source=source,
                line=members[0].line,
            )
        gaps += sum(b.sequence - a.sequence - 1 for a, b in pairwise(members))
        messages = tuple(_message(row, provenance) for row in members)
        scenario = Scenario(scenario_id, scenario_id, scenarios[scenario_id].scenario)
        discussions.append(Discussion(thread_id, scenario, messages))
        for row, message in zip(members, messages, strict=True):
            message_codes[message.id] = codes[(thread_id, scenario_id, row.sequence)]
            lines[message.id] = row.line
    notes = (f"{gaps} sequence numbers are missing: messages left out upstream",) if gaps else ()
    dataset = next(iter(first.values())).dataset
    return Transcript(dataset, tuple(discussions), message_codes, lines, notes)


def _message(row: _Row, provenance: Provenance) -> Message:
    return Message(
        id=f"{row.dataset}/{row.thread_id}/{row.scenario_id}/{row.sequence}",
        thread_id=row.thread_id,
        scenario_id=row.scenario_id,
        sequence=row.sequence,
        speaker=row.speaker,
        sent_at=row.sent_at,
        text=row.comment,
        provenance=provenance,
    )

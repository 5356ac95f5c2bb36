"""A table with the paper's own columns -> a transcript: its discussions told by their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.layout import to_transcript
from bot.domain.layout_cells import Cells
from bot.domain.layout_rows import Row, row_of
from bot.domain.reading import check_characters, read_tables
from bot.domain.transcript import Transcript
from exports.incoming.paper_columns import PaperColumns, paper_columns, plain_number
from exports.incoming.paper_scenarios import PaperScenarios
from exports.incoming.paper_threads import find_threads

FORM = "the paper's columns (Comment, label, Sequence-#, Scenario-#)"
UNKNOWN = "unknown"
"""The speaker where the file names none: all of a discussion is said by one."""


@dataclass(slots=True)
class _Talk:
    """One discussion on its way: its rows of the file, with the number that each has there."""

    group: str
    scenario: Scenario
    rows: list[tuple[int, int, dict[str, str]]] = field(default_factory=list)  # line, number, row


def paper_transcript(
    text: str,
    source: Path,
    codebook: Codebook | None = None,
    scenarios: Sequence[Scenario] = (),
) -> Transcript:
    """Return what a table with the paper's columns holds.

    A discussion begins with another scenario, and where the sequence does not go on (it is 1
    again, or lower). Every `label` column is a coder; an empty cell is a coder who gave no
    code. Raises InputError with the line of what cannot be read.
    """
    check_characters(text, source)
    header, tables = read_tables(text, source)
    columns = paper_columns(header, source)
    cases = PaperScenarios(columns, scenarios, source)
    talks = list(_talks(tables, columns, cases, source))
    places = find_threads([(talk.group, talk.scenario.id) for talk in talks])
    rows = [
        row
        for talk, (thread, round_) in zip(talks, places, strict=True)
        for row in _rows(talk, thread, round_, columns, source)
    ]
    found = to_transcript(rows, source, codebook)
    return replace(found, notes=(*found.notes, *_notes(talks, columns, cases)))


def _talks(
    tables: Sequence[tuple[int, dict[str, str]]],
    columns: PaperColumns,
    cases: PaperScenarios,
    source: Path,
) -> Iterator[_Talk]:
    """Yield the discussions in the order in which they begin."""
    present: dict[str, _Talk] = {}  # by group: rows of several may alternate
    begun: list[_Talk] = []
    for line, row in tables:
        if not any(cell.strip() for cell in row.values()):
            continue  # spreadsheets leave such rows below the last
        number = Cells({"sequence": plain_number(row[columns.sequence])}, source, line).count(
            "sequence"
        )
        group = "" if columns.group is None else plain_number(row[columns.group])
        if columns.group is not None and not group:
            raise InputError(f"{columns.group} is empty", "fill it in", source=source, line=line)
        scenario = cases.of(row, line)
        talk = present.get(group)
        before = 0 if talk is None else talk.rows[-1][1]
        if talk is not None and scenario.id == talk.scenario.id and number == before != 1:
            raise InputError(
                f"sequence {number} stands twice (first in line {talk.rows[-1][0]})",
                "number the messages of a discussion 1, 2, 3, ...",
                source=source,
                line=line,
            )
        if talk is None or scenario.id != talk.scenario.id or number <= before:
            talk = present[group] = _Talk(group, scenario)
            begun.append(talk)
        talk.rows.append((line, number, row))
    yield from begun


def _rows(
    talk: _Talk, thread: str, round_: int, columns: PaperColumns, source: Path
) -> Iterator[Row]:
    skipped = talk.rows[0][1] - 1  # numbers before the first: left out upstream, or it goes on
    for line, number, row in talk.rows:
        given = {
            "dataset": source.stem,
            "thread_id": thread,
            "scenario_id": talk.scenario.id,
            "scenario": talk.scenario.text,
            "round": str(round_),
            "sequence": str(number - skipped),
            "speaker": (row[columns.speaker].strip() if columns.speaker else "") or UNKNOWN,
            "timestamp": row[columns.timestamp] if columns.timestamp else "",
            "comment": row[columns.comment],
        }
        for column, coder in columns.labels.items():
            cells = given | {"code": row[column], "coder": coder}
            yield row_of(Cells(cells, source, line))


def _notes(talks: Sequence[_Talk], columns: PaperColumns, cases: PaperScenarios) -> Iterator[str]:
    if columns.group is None:
        yield (
            f"{many(len(talks), 'discussion')} told by scenario and sequence; the file has no "
            "column Group, so that which of them are one group's is a guess"
        )
    if columns.speaker is None:
        yield f"the file does not tell who spoke: the speaker is {UNKNOWN!r} throughout"
    later = sum(talk.rows[0][1] > 1 for talk in talks)
    if later:
        verb = "begins" if later == 1 else "begin"
        yield f"{many(later, 'discussion')} {verb} later than with 1: counted from 1 here"
    yield from cases.notes()

"""The import layout: CSV rows, one per message and coder -> a checked Transcript.

Columns: dataset, thread_id, scenario_id, scenario, sequence, speaker, timestamp, comment,
code, coder. `sequence` counts from 1 within thread and scenario; a message coded by three
people stands in three rows that differ in `code` and `coder` alone, one that nobody coded in
one row with neither. Of our own exports only people's codes are taken: a model's code must
never come back as a person's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.discussion import Discussion, Message, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.layout_rows import COLUMNS, Row, read_rows
from bot.domain.reading import read_utf8
from bot.domain.transcript import Transcript

__all__ = ["COLUMNS", "load_transcript", "parse_transcript"]


def load_transcript(
    path: Path, codebook: Codebook | None = None, provenance: Provenance = Provenance.IMPORT
) -> Transcript:
    """Read a file in the import layout.

    With a `codebook`, every code must stand in it. Raises InputError with file and line.
    """
    text = read_utf8(path)
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
    rows = list(read_rows(text, source))
    if not rows:
        raise InputError("there are no messages", "export them again", source=source)
    if codebook is not None:
        for row in rows:
            if row.code and not row.by_model and row.code not in codebook.by_code:
                raise InputError(
                    f"code {row.code!r} is not in codebook {codebook.id!r}",
                    f"use one of {', '.join(codebook.by_code)}, or add it to the codebook",
                    source=source,
                    line=row.line,
                )
    return _assemble(rows, source, provenance)


_Key = tuple[str, str, int, int]  # thread, scenario, round, sequence
_Codes = dict[_Key, dict[str, str]]  # by coder


def _key(row: Row) -> _Key:
    return (row.thread_id, row.scenario_id, row.round, row.sequence)


def _assemble(rows: Sequence[Row], source: str | Path, provenance: Provenance) -> Transcript:
    first: dict[_Key, Row] = {}
    scenarios: dict[str, Row] = {}
    given: set[tuple[_Key, str]] = set()
    codes: _Codes = {}
    for row in rows:
        known = scenarios.setdefault(row.scenario_id, row)
        if known.scenario != row.scenario:
            raise InputError(
                f"scenario {row.scenario_id!r} has another text than in line {known.line}",
                "give each scenario_id one text",
                source=source,
                line=row.line,
            )
        key = _key(row)
        before = first.setdefault(key, row)
        # An export holds all that a coder ever decided, in order: there the last one counts.
        again = (key, row.coder) in given and not row.exported
        if again or not _same_message(before, row):
            raise InputError(
                f"sequence {row.sequence} stands twice in thread {row.thread_id!r}, scenario "
                f"{row.scenario_id!r} (first in line {before.line})",
                "number the messages of a scenario 1, 2, 3, ...; each coder has one row for each",
                source=source,
                line=row.line,
            )
        given.add((key, row.coder))
        by_coder = codes.setdefault(key, {})
        if row.coder and not row.by_model:
            by_coder[row.coder] = row.code
    by_models = sum(row.by_model for row in rows)
    return _transcript(first, codes, by_models, source, provenance)


def _same_message(a: Row, b: Row) -> bool:
    return (a.comment, a.speaker, a.sent_at) == (b.comment, b.speaker, b.sent_at)


def _transcript(
    first: dict[_Key, Row],
    codes: _Codes,
    by_models: int,
    source: str | Path,
    provenance: Provenance,
) -> Transcript:
    grouped: dict[tuple[str, str, int], list[Row]] = {}
    for row in first.values():
        grouped.setdefault((row.thread_id, row.scenario_id, row.round), []).append(row)
    discussions: list[Discussion] = []
    gaps = 0
    message_codes: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for (thread_id, scenario_id, round_), members in grouped.items():
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
        scenario = Scenario(scenario_id, scenario_id, members[0].scenario)
        discussions.append(Discussion(thread_id, scenario, messages, round_))
        for row, message in zip(members, messages, strict=True):
            message_codes[message.id] = codes[_key(row)]
            lines[message.id] = row.line
    dataset = next(iter(first.values())).dataset
    notes = tuple(_notes(gaps, by_models))
    return Transcript(dataset, tuple(discussions), message_codes, lines, notes)


def _notes(gaps: int, by_models: int) -> Iterator[str]:
    if gaps:
        yield f"{gaps} sequence numbers are missing: messages left out upstream"
    if by_models:
        yield f"{by_models} codings by models were left out: only people's codes are taken"


def _message(row: Row, provenance: Provenance) -> Message:
    place = [row.dataset, row.thread_id, row.scenario_id, str(row.sequence)]
    if row.round > 1:
        place.append(f"round {row.round}")
    return Message(
        # Escaped, so that thread "a/b" and scenario "c" are not thread "a", scenario "b/c".
        id="/".join(part.replace("%", "%25").replace("/", "%2F") for part in place),
        thread_id=row.thread_id,
        scenario_id=row.scenario_id,
        sequence=row.sequence,
        speaker=row.speaker,
        sent_at=row.sent_at,
        text=row.comment,
        round=row.round,
        provenance=row.provenance or provenance,
    )

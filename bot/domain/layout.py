"""The import layout: CSV rows, one per message and coder -> a checked Transcript.

Columns: dataset, thread_id, scenario_id, scenario, sequence, speaker, timestamp, comment,
code, coder. `sequence` counts from 1 within thread and scenario; a message coded by three
people stands in three rows that differ in `code` and `coder` alone, one that nobody coded in
one row with neither. Of our own exports only people's codes are taken: a model's code must
never come back as a person's, nor what a person took back; and a message keeps the id that
it has there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, standing
from bot.domain.counting import many
from bot.domain.discussion import Discussion, Message, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.layout_rows import COLUMNS, Row, read_rows
from bot.domain.layout_twice import check_message
from bot.domain.origin import Origin
from bot.domain.reading import read_utf8
from bot.domain.transcript import Transcript

__all__ = [
    "COLUMNS",
    "gap_notes",
    "load_transcript",
    "parse_transcript",
    "place_id",
    "to_transcript",
]


def load_transcript(path: Path, codebook: Codebook | None = None) -> Transcript:
    """Read a file in the import layout.

    With a `codebook`, every code must stand in it. Raises InputError with file and line.
    """
    return parse_transcript(read_utf8(path), source=path, codebook=codebook)


def parse_transcript(
    text: str,
    source: str | Path,
    codebook: Codebook | None = None,
    provenance: Provenance = Provenance.IMPORT,
) -> Transcript:
    """Parse the import layout from text; `source` names it in errors.

    Raises InputError for missing columns, no rows, control characters, bad numbers or
    times, duplicate or not restarting sequences, a second dataset, rows of one message that
    contradict each other, and codes that are not in `codebook`.
    """
    return to_transcript(read_rows(text, source), source, codebook, provenance)


def to_transcript(
    given: Iterable[Row],
    source: str | Path,
    codebook: Codebook | None = None,
    provenance: Provenance = Provenance.IMPORT,
) -> Transcript:
    """Put the rows of a file together, as `parse_transcript` does; importers of tables end here.

    Raises InputError as it does.
    """
    rows = list(given)
    if not rows:
        raise InputError(
            "there are no messages below the header", "add one row a message", source=source
        )
    if codebook is not None:
        for row in rows:
            given_code = row.code and not row.by_model and row.act is not Act.WITHDRAWN
            if given_code and row.code not in codebook.by_code:
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
    scenarios: dict[tuple[object, ...], Row] = {}
    given: dict[tuple[_Key, str], Row] = {}
    people: dict[_Key, list[Row]] = {}
    for row in rows:
        _check_dataset(row, rows[0], source)
        # A study may change a scenario's words from one discussion to the next; a file does not.
        place = (row.thread_id, row.scenario_id, row.round) if row.exported else (row.scenario_id,)
        known = scenarios.setdefault(place, row)
        if known.scenario != row.scenario:
            raise InputError(
                f"scenario {row.scenario_id!r} has another text than in line {known.line}",
                "give each scenario_id one text",
                source=source,
                line=row.line,
            )
        if known.session != row.session:
            raise InputError(
                f"session {row.session!r} stands beside {known.session!r} (line {known.line}), "
                "which the same discussion is in",
                "give all messages of a discussion one session",
                source=source,
                line=row.line,
            )
        key = _key(row)
        before = first.setdefault(key, row)
        check_message(row, before, given.get((key, row.coder)), source)
        given[key, row.coder] = row
        by_people = people.setdefault(key, [])
        if row.coder and not row.by_model:
            by_people.append(row)
    # Of a coder's codes on a message the last that stands.
    codes = {key: {row.coder: row.code for row in standing(given)} for key, given in people.items()}
    return _transcript(first, codes, tuple(_left_out(rows)), source, provenance)


def _check_dataset(row: Row, first: Row, source: str | Path) -> None:
    if row.dataset != first.dataset:
        raise InputError(
            f"dataset {row.dataset!r} stands beside {first.dataset!r} (line {first.line})",
            "put each dataset into a file of its own: their threads would be taken for the same",
            source=source,
            line=row.line,
        )


def _transcript(
    first: dict[_Key, Row],
    codes: _Codes,
    left_out: tuple[str, ...],
    source: str | Path,
    provenance: Provenance,
) -> Transcript:
    grouped: dict[tuple[str, str, int], list[Row]] = {}
    for row in first.values():
        grouped.setdefault((row.thread_id, row.scenario_id, row.round), []).append(row)
    discussions: list[Discussion] = []
    message_codes: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    deleted: set[str] = set()
    sessions: dict[tuple[str, str, int], str] = {}
    origins: dict[str, Origin] = {}
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
        messages = tuple(_message(row, provenance) for row in members)
        scenario = Scenario(scenario_id, scenario_id, members[0].scenario)
        discussions.append(Discussion(thread_id, scenario, messages, round_))
        if members[0].session is not None:
            sessions[discussions[-1].key] = members[0].session
        for row, message in zip(members, messages, strict=True):
            if message.id in lines:
                raise InputError(
                    f"message_id {message.id!r} is that of line {lines[message.id]}, too",
                    "give each message an id of its own",
                    source=source,
                    line=row.line,
                )
            message_codes[message.id] = codes[_key(row)]
            lines[message.id] = row.line
            if row.deleted:
                deleted.add(message.id)
            if row.origin is not None:
                origins[message.id] = row.origin
    return Transcript(
        next(iter(first.values())).dataset,
        tuple(discussions),
        message_codes,
        lines,
        (*gap_notes(discussions), *left_out),
        frozenset(deleted),
        sessions,
        origins,
    )


def gap_notes(discussions: Iterable[Discussion]) -> Iterator[str]:
    """Yield how many numbers are missing in the sequences, if any are."""
    gaps = sum(b.sequence - a.sequence - 1 for d in discussions for a, b in pairwise(d.messages))
    if gaps:
        verb = "is" if gaps == 1 else "are"
        yield f"{many(gaps, 'sequence number')} {verb} missing: messages left out upstream"


def _left_out(rows: Sequence[Row]) -> Iterator[str]:
    by_models = sum(row.by_model for row in rows)
    if by_models:
        verb = "was" if by_models == 1 else "were"
        models = f"{many(by_models, 'coding')} by models {verb} left out"
        yield f"{models}: only people's codes are taken"
    taken_back = sum(row.act is Act.WITHDRAWN and not row.by_model for row in rows)
    if taken_back:
        verb = "was" if taken_back == 1 else "were"
        yield f"{many(taken_back, 'decision')} {verb} taken back by their coders, and left out"


def _message(row: Row, provenance: Provenance) -> Message:
    return Message(
        id=row.message_id or _id(row),
        thread_id=row.thread_id,
        scenario_id=row.scenario_id,
        sequence=row.sequence,
        speaker=row.speaker,
        sent_at=row.sent_at,
        text=row.comment,
        round=row.round,
        reply_to=row.reply_to,
        provenance=row.provenance or provenance,
    )


def place_id(*place: str) -> str:
    """Return the id of a message whose file tells none, from where it stands."""
    # Escaped, so that thread "a/b" and scenario "c" are not thread "a", scenario "b/c".
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in place)


def _id(row: Row) -> str:
    place = [row.dataset, row.thread_id, row.scenario_id, str(row.sequence)]
    if row.round > 1:
        place.append(f"round {row.round}")
    return place_id(*place)

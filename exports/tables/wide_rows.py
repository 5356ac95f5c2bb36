"""The wide layout: one row per message, one column per coder with the code that stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.coding import CoderKind, latest
from bot.domain.errors import InputError
from bot.storage.rows import CodedDiscussion, Coder
from exports.facts import Facts, facts
from exports.tables.columns import Cell, Cells, Column, Kind, share
from exports.tables.message_cells import REVIEWED, reviewed

MESSAGE = (
    Column("dataset", Kind.NAME, "Study"),
    Column("session", Kind.NAME, "Session"),
    Column("thread_id", Kind.NAME, "Thread (group)"),
    Column("scenario_id", Kind.NAME, "Scenario"),
    Column("scenario", Kind.NAME, "Text of the scenario"),
    Column("round", Kind.WHOLE, "Round of the scenario in the thread"),
    Column("sequence", Kind.WHOLE, "Place in the scenario, from 1"),
    Column("message_id", Kind.TEXT, "Id of the message"),
    Column("speaker", Kind.NAME, "Pseudonym of who wrote it"),
    Column("timestamp", Kind.TIME, "When it was written (UTC)"),
    Column("comment", Kind.TEXT, "What was written"),
    Column("provenance", Kind.NAME, "How the message came in"),
    Column("deleted", Kind.YES, "Deleted by its author later"),
    Column("verified_code", Kind.CODE, "Code that people settled on"),
    *REVIEWED,
)


def wide_columns(coders: Sequence[Coder]) -> tuple[Column, ...]:
    """Return the message's columns, then `code_NAME` a coder, and `confidence_NAME` for models."""
    return (*MESSAGE, *(column for coder in coders for column in _of_coder(coder)))


def wide_rows(coded: CodedDiscussion, study: str, coders: Sequence[Coder]) -> Iterator[Cells]:
    """Yield one row a message; a coder's code is the latest of theirs that stands.

    Raises InputError for a code by a coder who is not among `coders`: they began meanwhile.
    """
    known = {coder.name for coder in coders}
    for told in facts(coded):
        given = latest(told.codings)
        for name in given:
            if name not in known:
                raise InputError(
                    f"coder {name!r} began while the table was written", "run the export again"
                )
        cells: list[Cell] = _message(coded, told, study)
        for coder in coders:
            own = given.get(coder.name)
            cells.append(None if own is None else own.code)
            if coder.kind is CoderKind.MODEL:
                cells.append(None if own is None else share(own.confidence))
        yield tuple(cells)


def _of_coder(coder: Coder) -> Iterator[Column]:
    yield Column(f"code_{coder.name}", Kind.CODE, f"Code by {coder.name} ({coder.kind})")
    if coder.kind is CoderKind.MODEL:
        label = f"Confidence of {coder.name} in its code"
        yield Column(f"confidence_{coder.name}", Kind.SHARE, label)


def _message(coded: CodedDiscussion, told: Facts, study: str) -> list[Cell]:
    message = told.message
    cells: dict[str, Cell] = {
        "dataset": study,
        "session": coded.session,
        "thread_id": message.thread_id,
        "scenario_id": message.scenario_id,
        "scenario": coded.discussion.scenario.text,
        "round": message.round,
        "sequence": message.sequence,
        "message_id": message.id,
        "speaker": message.speaker,
        "timestamp": message.sent_at,
        "comment": message.text,
        "provenance": str(message.provenance),
        "deleted": told.deleted,
        "verified_code": None if told.verified is None else told.verified.code,
        **reviewed(told),
    }
    return [cells[column.name] for column in MESSAGE]

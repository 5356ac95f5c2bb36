"""The long layout: one row per message and coding, the import layout's columns first."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.coding import Coding
from bot.domain.layout import COLUMNS
from bot.storage.rows import CodedDiscussion
from exports.facts import Facts, facts
from exports.tables.columns import Cell, Cells, Column, Kind, share
from exports.tables.message_cells import REVIEWED, reviewed

LONG = (
    Column("dataset", Kind.NAME, "Study"),
    Column("thread_id", Kind.NAME, "Thread (group)"),
    Column("scenario_id", Kind.NAME, "Scenario"),
    Column("scenario", Kind.NAME, "Text of the scenario"),
    Column("sequence", Kind.WHOLE, "Place in the scenario, from 1"),
    Column("speaker", Kind.NAME, "Pseudonym of who wrote it"),
    Column("timestamp", Kind.TIME, "When it was written (UTC)"),
    Column("comment", Kind.TEXT, "What was written"),
    Column("code", Kind.CODE, "Code that the coder gave"),
    Column("coder", Kind.NAME, "Who coded: a person or a model version"),
    Column("round", Kind.WHOLE, "Round of the scenario in the thread"),
    Column("session", Kind.NAME, "Session"),
    Column("message_id", Kind.TEXT, "Id of the message"),
    Column("provenance", Kind.NAME, "How the message came in"),
    Column("deleted", Kind.YES, "Deleted by its author later"),
    Column("coder_kind", Kind.NAME, "human or model"),
    Column("act", Kind.NAME, "In which role the coder decided"),
    Column("stands", Kind.YES, "Not taken back"),
    Column("counts", Kind.YES, "The coder's latest code that stands"),
    Column("confidence", Kind.SHARE, "The model's probability of its code"),
    Column("runner_up", Kind.CODE, "The model's next likely code"),
    Column("runner_up_confidence", Kind.SHARE, "Probability of the next likely code"),
    Column("coded_at", Kind.TIME, "When the code was stored (UTC)"),
    Column("window_size", Kind.WHOLE, "Earlier messages that the model saw"),
    Column("cut", Kind.YES, "The model could not read all of it"),
    Column("note", Kind.TEXT, "The coder's note on this decision"),
    Column("verified_code", Kind.CODE, "Code that people settled on"),
    Column("seen", Kind.NAME, "What of others' codes the coder had seen"),
    *REVIEWED,
)
"""`COLUMNS` of the import layout, then what our own exports add."""

EXTRA_COLUMNS = tuple(column.name for column in LONG[len(COLUMNS) :])


def long_rows(coded: CodedDiscussion, study: str) -> Iterator[Cells]:
    """Yield the rows of a discussion: one per coding, one for a message that has none."""
    for told in facts(coded):
        shared = _shared(coded, told, study)
        for own in _codings(told):
            yield tuple(own.get(name, shared.get(name)) for name in _NAMES)


_NAMES = tuple(column.name for column in LONG)


def _shared(coded: CodedDiscussion, told: Facts, study: str) -> dict[str, Cell]:
    message = told.message
    return {
        "dataset": study,
        "thread_id": message.thread_id,
        "scenario_id": message.scenario_id,
        "scenario": coded.discussion.scenario.text,
        "sequence": message.sequence,
        "speaker": message.speaker,
        "timestamp": message.sent_at,
        "comment": message.text,
        "round": message.round,
        "session": coded.session,
        "message_id": message.id,
        "provenance": str(message.provenance),
        "deleted": told.deleted,
        "verified_code": None if told.verified is None else told.verified.code,
        **reviewed(told),
    }


def _codings(told: Facts) -> Iterator[dict[str, Cell]]:
    if not told.codings:
        yield {}
    for coding, stands, counts in zip(told.codings, told.stands, told.counts, strict=True):
        yield _coding(coding, stands=stands, counts=counts)


def _coding(coding: Coding, *, stands: bool, counts: bool) -> dict[str, Cell]:
    return {
        "code": coding.code,
        "coder": coding.coder,
        "coder_kind": str(coding.kind),
        "act": str(coding.act),
        "stands": stands,
        "counts": counts,
        "confidence": share(coding.confidence),
        "runner_up": coding.runner_up,
        "runner_up_confidence": share(coding.runner_up_confidence),
        "coded_at": coding.at,
        "window_size": coding.window_size,
        "cut": coding.cut,
        "note": coding.note,
        "seen": None if coding.seen is None else str(coding.seen),
    }

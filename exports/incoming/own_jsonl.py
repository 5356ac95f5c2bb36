"""Our own export as JSON lines, read back: people's codes; a model's never come back as theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.domain.layout import to_transcript
from bot.domain.layout_rows import EXPORT_MARK, Row, row_of
from bot.domain.transcript import Transcript
from exports.incoming.json_cells import Object, an_object, cells, objects, parse_json

FORM = "Intercoder's JSON lines"
KEYS = frozenset({"study", "thread_id", "sequence", "comment", "codings"})
"""What tells a line of ours from other JSON."""

_OF_MESSAGE = {
    "dataset": "study",
    "thread_id": "thread_id",
    "scenario_id": "scenario_id",
    "scenario": "scenario",
    "round": "round",
    "sequence": "sequence",
    "message_id": "message_id",
    "speaker": "speaker",
    "timestamp": "sent_at",
    "comment": "comment",
    "reply_to": "reply_to",
    "provenance": "provenance",
    "deleted": "deleted",
    "session": "session",
}
_OF_CODING = {"code": "code", "coder": "coder", EXPORT_MARK: "kind", "act": "act"}
_FREE = ("comment", "scenario")


def jsonl_transcript(text: str, source: str | Path, codebook: Codebook | None) -> Transcript:
    """Return what an export holds; of a coder's decisions on a message the last that stands.

    Models' codings and decisions that were taken back are left out and counted, as of a CSV.
    Raises InputError with the line of what cannot be read.
    """
    return to_transcript(_rows(text, source), source, codebook)


def _rows(text: str, source: str | Path) -> Iterator[Row]:
    first: dict[tuple[str, str, int, int], int] = {}
    # Not str.splitlines: it also ends lines at U+0085 and U+2028, which stand in comments.
    for line, one in enumerate(text.split("\n"), start=1):
        if not one.strip():
            continue
        message = an_object(parse_json(one, source, line), "the line", source, line)
        missing = sorted(KEYS - message.keys())
        if missing:
            raise InputError(
                f"{', '.join(missing)} is missing in it",
                "keep the lines of an export whole",
                source=source,
                line=line,
            )
        for coding in objects(message["codings"], "codings", source, line) or [{}]:
            row = _row(message, coding, source, line)
            place = (row.thread_id, row.scenario_id, row.round, row.sequence)
            if first.setdefault(place, line) != line:
                raise InputError(
                    f"sequence {row.sequence} in thread {row.thread_id!r}, scenario "
                    f"{row.scenario_id!r}, stands twice (first in line {first[place]})",
                    "keep one of the lines",
                    source=source,
                    line=line,
                )
            yield row


def _row(message: Object, coding: Object, source: str | Path, line: int) -> Row:
    columns = _OF_MESSAGE | _OF_CODING
    both = {key: value for key, value in message.items() if key in _OF_MESSAGE.values()}
    both |= {key: coding.get(key) for key in _OF_CODING.values()}
    return row_of(cells(both, columns, source, line, _FREE))

"""The transcript as CSV: the import layout, one row per message and coding, and more columns.

Our own importer reads it back; docs/exports.md tells every column.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterable, Iterator
from datetime import datetime
from pathlib import Path

from bot.domain.cells import ENCODING, neutralise
from bot.domain.coding import Coding, standing, verified_code
from bot.domain.discussion import Message
from bot.domain.layout import COLUMNS
from bot.storage.rows import CodedDiscussion
from exports.counted import Counted
from exports.writing import replacing

EXTRA_COLUMNS = (
    "round",
    "session",
    "message_id",
    "provenance",
    "deleted",
    "coder_kind",
    "act",
    "stands",
    "confidence",
    "runner_up",
    "runner_up_confidence",
    "coded_at",
    "window_size",
    "cut",
    "note",
    "verified_code",
)

Row = dict[str, str]


async def write_csv(
    discussions: AsyncIterable[CodedDiscussion], dataset: str, path: Path
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Only one discussion is held in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    with replacing(path, encoding=ENCODING) as file:
        writer = csv.DictWriter(file, (*COLUMNS, *EXTRA_COLUMNS), lineterminator="\r\n")
        writer.writeheader()
        async for coded in discussions:
            for message in coded.discussion.messages:
                codings = coded.codings.get(message.id, ())
                writer.writerows(_rows(coded, message, codings, dataset))
                counted = counted.plus(len(standing(codings)))
    return counted


def _rows(
    coded: CodedDiscussion, message: Message, codings: tuple[Coding, ...], dataset: str
) -> Iterator[Row]:
    shared = {
        "dataset": dataset,
        "thread_id": message.thread_id,
        "scenario_id": message.scenario_id,
        "scenario": coded.discussion.scenario.text,
        "sequence": str(message.sequence),
        "speaker": message.speaker,
        "timestamp": _time(message.sent_at),
        "comment": message.text,
        "round": str(message.round),
        "session": coded.session,
        "message_id": message.id,
        "provenance": str(message.provenance),
        "deleted": _yes(message.id in coded.deleted),
        "verified_code": verified_code(codings) or "",
    }
    stands = {id(coding) for coding in standing(codings)}
    for own in [_coding(c, id(c) in stands) for c in codings] or [{}]:
        yield {name: neutralise(cell) for name, cell in (shared | own).items()}


def _coding(coding: Coding, stands: bool) -> Row:
    return {
        "code": coding.code,
        "coder": coding.coder,
        "coder_kind": str(coding.kind),
        "act": str(coding.act),
        "stands": _yes(stands),
        "confidence": _share(coding.confidence),
        "runner_up": coding.runner_up or "",
        "runner_up_confidence": _share(coding.runner_up_confidence),
        "coded_at": _time(coding.at),
        "window_size": "" if coding.window_size is None else str(coding.window_size),
        "cut": _yes(coding.cut),
        "note": coding.note or "",
    }


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(sep=" ")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _yes(value: bool) -> str:
    return "true" if value else "false"

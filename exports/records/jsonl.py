"""The transcript as JSON lines: one object a message, keys sorted, nothing neutralised."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.coding import Coding
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.facts import Facts, facts
from exports.tables.columns import share
from exports.tables.table import PLAIN, Wanted
from exports.writing import replacing

# Characters that JSON allows but many readers take for the end of a line.
_LINE_ENDS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"})


async def write_jsonl(
    discussions: AsyncIterable[CodedDiscussion],
    about: About,
    path: Path,
    wanted: Wanted = PLAIN,  # noqa: ARG001 - every form takes it
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Only one discussion is held in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    with replacing(path) as file:
        async for coded in discussions:
            for told in facts(coded):
                record = _message(coded, told, about.study)
                line = json.dumps(record, ensure_ascii=False, sort_keys=True, allow_nan=False)
                file.write(line.translate(_LINE_ENDS) + "\n")
            counted = counted.including(coded)
    return counted


def is_jsonl_export(file: Path) -> bool:
    """Tell whether a file begins as our exports do, also those of earlier versions."""
    with file.open("rb") as opened:
        return opened.read(100).startswith((b'{"assigned": ', b'{"codings": ['))


def _message(coded: CodedDiscussion, told: Facts, study: str) -> dict[str, Any]:
    message, settled, unit = told.message, told.verified, told.unit_verified
    return {
        "study": study,
        "session": coded.session,
        "thread_id": message.thread_id,
        "scenario_id": message.scenario_id,
        "scenario": coded.discussion.scenario.text,
        "round": message.round,
        "sequence": message.sequence,
        "message_id": message.id,
        "speaker": message.speaker,
        "sent_at": _time(message.sent_at),
        "comment": message.text,
        "reply_to": message.reply_to,
        "provenance": str(message.provenance),
        "deleted": told.deleted,
        "codings": [
            _coding(coding, stands=stands, counts=counts)
            for coding, stands, counts in zip(told.codings, told.stands, told.counts, strict=True)
        ],
        "verified_code": None if settled is None else settled.code,
        "verified_by": None if settled is None else str(settled.basis),
        "unit_id": told.unit,
        "unit_code": None if unit is None else unit.code,
        "assigned": list(told.assigned),
        "marks": [{"coder": m.coder, "kind": m.kind, "at": _time(m.at)} for m in told.marks],
        "notes": [{"coder": n.coder, "text": n.text, "at": _time(n.at)} for n in told.notes],
        "missing_before": told.missing,
    }


def _coding(coding: Coding, *, stands: bool, counts: bool) -> dict[str, Any]:
    return {
        "coder": coding.coder,
        "kind": str(coding.kind),
        "code": coding.code,
        "act": str(coding.act),
        "stands": stands,
        "counts": counts,
        "at": _time(coding.at),
        "confidence": share(coding.confidence),
        "runner_up": coding.runner_up,
        "runner_up_confidence": share(coding.runner_up_confidence),
        "window_size": coding.window_size,
        "cut": coding.cut,
        "note": coding.note,
        "seen": None if coding.seen is None else str(coding.seen),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

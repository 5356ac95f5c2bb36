"""The transcript as JSON lines: one object a message, keys sorted, nothing neutralised."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.coding import Coding, standing, verified_code
from bot.domain.discussion import Message
from bot.storage.rows import CodedDiscussion
from exports.counted import Counted
from exports.writing import replacing

# Characters that JSON allows but many readers take for the end of a line.
_LINE_ENDS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"})


async def write_jsonl(
    discussions: AsyncIterable[CodedDiscussion], study: str, path: Path
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Only one discussion is held in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    with replacing(path) as file:
        async for coded in discussions:
            for message in coded.discussion.messages:
                codings = coded.codings.get(message.id, ())
                record = _message(coded, message, codings, study)
                line = json.dumps(record, ensure_ascii=False, sort_keys=True, allow_nan=False)
                file.write(line.translate(_LINE_ENDS) + "\n")
                counted = counted.plus(len(standing(codings)))
    return counted


def _message(
    coded: CodedDiscussion, message: Message, codings: tuple[Coding, ...], study: str
) -> dict[str, Any]:
    stands = {id(coding) for coding in standing(codings)}
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
        "deleted": message.id in coded.deleted,
        "codings": [_coding(c, id(c) in stands) for c in codings],
        "verified_code": verified_code(codings),
    }


def _coding(coding: Coding, stands: bool) -> dict[str, Any]:
    return {
        "coder": coding.coder,
        "kind": str(coding.kind),
        "code": coding.code,
        "act": str(coding.act),
        "stands": stands,
        "at": _time(coding.at),
        "confidence": _share(coding.confidence),
        "runner_up": coding.runner_up,
        "runner_up_confidence": _share(coding.runner_up_confidence),
        "window_size": coding.window_size,
        "cut": coding.cut,
        "note": coding.note,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 6)

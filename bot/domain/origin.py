"""Where a record of training came from: study, thread and message, by what it counts, its hash.

The verified export (exports/verified) writes these columns and the importer reads them back, so
that what a coder learned from can be followed from the database to the bundle and back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.discussion import Message
    from bot.domain.layout_cells import Cells

BASIS = "basis"
ORIGIN_COLUMNS = (BASIS, "study", "source_thread", "source_message", "record_hash", "gold")
"""The columns that an origin stands in."""


class RecordBasis(StrEnum):
    """Why a message's code may teach; of `disagreed` ones the votes may, as soft labels."""

    ADJUDICATED = "adjudicated"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    AGREED = "agreed"
    DISAGREED = "disagreed"


@dataclass(frozen=True, slots=True)
class Origin:
    """A message by the names that its study has for it.

    `basis` and `record_hash` are None of messages that are there as context alone. `gold` says
    that its group judges the study's coders (bot.domain.gold): it must not teach.
    """

    study: str
    thread_id: str
    message_id: str
    basis: RecordBasis | None = None
    record_hash: str | None = None
    gold: bool = False


def record_hash(key: bytes, message: Message, codes: Collection[str]) -> str:
    """Return what names a record's content without betraying it: HMAC-SHA-256, 64 hex digits.

    Over thread, scenario, round, sequence, text and code (of people who differ, all their codes)
    of the message as its study has it. A bare hash of a short text is no secret, since all short
    texts can be tried; under a `key` that is kept elsewhere nothing can be tried.
    """
    content = [
        message.thread_id,
        message.scenario_id,
        message.round,
        message.sequence,
        message.text,
        "+".join(sorted(set(codes))),
    ]
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def origin_of(cells: Cells) -> Origin | None:
    """Return the origin that a row of a verified export tells, None for a row of another file.

    Raises InputError for an unknown basis, and for a code that has none: in such a file only
    what people settled on, or differ on, may stand as a code.
    """
    if BASIS not in cells:
        return None
    told = cells.text(BASIS)
    basis = None
    if told:
        try:
            basis = RecordBasis(told.lower())
        except ValueError:
            known = ", ".join(RecordBasis)
            raise cells.refusal(
                f"{BASIS} {told[:40]!r} is not known", f"write one of {known}"
            ) from None
    code = cells.text("code")
    if code and basis is None:
        raise cells.refusal(
            f"code {code!r} stands there without a {BASIS}, so nobody has verified it",
            "leave the code empty, or keep the rows of the export as they are",
        )
    return Origin(
        cells.text("study") or cells.text("dataset"),
        cells.text("source_thread") or cells.text("thread_id"),
        cells.text("source_message") or cells.text("message_id"),
        basis,
        cells.text("record_hash") or None,
        cells.yes("gold"),
    )

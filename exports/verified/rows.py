"""The rows of the verified export: the import layout, what our exports add, and the origins."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.domain.coding import CoderKind
from bot.domain.layout import COLUMNS
from bot.domain.layout_rows import EXPORT_MARK
from bot.domain.origin import ORIGIN_COLUMNS, record_hash
from bot.storage.rows import CodedDiscussion, Study
from exports.tables.columns import as_text
from exports.verified.names import Names
from exports.verified.teaching import Teaching

VERIFIED_COLUMNS = (
    *COLUMNS,
    "round",
    "session",
    "message_id",
    "provenance",
    "deleted",
    EXPORT_MARK,
    "reply_to",
    "unit_id",
    *ORIGIN_COLUMNS,
)
"""`COLUMNS` of the import layout, what our exports add, and where each record comes from."""


class Rows:
    """The rows of one study; `gold` are its threads that judge and must not teach."""

    def __init__(
        self,
        study: Study,
        dataset: str,
        key: bytes,
        *,
        several: bool,
        gold: Collection[str] = (),
    ) -> None:
        self._study = study
        self._dataset = dataset
        self._key = key
        self._gold = gold
        self._names = Names(study.name, several=several)

    def of(self, coded: CodedDiscussion, told: Teaching) -> Iterator[tuple[str, ...]]:
        """Yield one row a code, one with neither code nor coder for a message that has none."""
        message, names = told.message, self._names
        thread = message.thread_id
        hashed = ""
        if told.basis is not None:
            hashed = record_hash(self._key, message, {code for _, code in told.codes})
        reply = "" if message.reply_to is None else names.message(thread, message.reply_to)
        for coder, code in told.codes or (("", ""),):
            yield (
                self._dataset,
                names.thread(thread),
                message.scenario_id,
                coded.discussion.scenario.text,
                str(message.sequence),
                message.speaker,
                as_text(message.sent_at),
                message.text,
                code,
                coder,
                str(message.round),
                coded.session,
                names.message(thread, message.id),
                str(message.provenance),
                as_text(message.id in coded.deleted),
                str(CoderKind.HUMAN) if code else "",
                reply,
                names.message(thread, told.unit),
                "" if told.basis is None else str(told.basis),
                self._study.name,
                thread,
                message.id,
                hashed,
                as_text(thread in self._gold),
            )

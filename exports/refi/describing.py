"""What a source and a message are told to be: for people in other programs, and for our reader."""

from __future__ import annotations

from bot.domain.discussion import Message
from bot.storage.marks import standing_marks
from bot.storage.rows import CodedDiscussion
from exports.refi.fields import fields_text
from exports.refi.plain import shown

SOURCE_KEYS = ("thread", "session", "scenario", "title", "text", "round")
MESSAGE_KEYS = (
    *("message", "sequence", "speaker", "sent at", "provenance", "reply to", "deleted", "text"),
    *("missing before", "unit", "verified", "unsure", "edge case"),
)


def describe_source(coded: CodedDiscussion) -> str:
    """Return the description of a discussion."""
    discussion = coded.discussion
    return fields_text(
        (
            ("thread", discussion.thread_id),
            ("session", coded.session),
            ("scenario", discussion.scenario.id),
            ("title", discussion.scenario.title),
            ("round", str(discussion.round)),
            ("text", discussion.scenario.text),
        )
    )


def describe_message(coded: CodedDiscussion, message: Message) -> str:
    """Return the description of a message: what the reader needs, then what people settled on."""
    fields = [
        ("message", message.id),
        ("sequence", str(message.sequence)),
        ("speaker", message.speaker),
        ("provenance", str(message.provenance)),
    ]
    if message.sent_at is not None:
        fields.append(("sent at", message.sent_at.isoformat()))
    if message.reply_to is not None:
        fields.append(("reply to", message.reply_to))
    if message.id in coded.deleted:
        fields.append(("deleted", "yes"))
    if not message.text or shown(message.text) != message.text:
        fields.append(("text", message.text))
    if message.id in coded.missing:
        fields.append(("missing before", str(coded.missing[message.id])))
    if coded.unit_of(message.id) != message.id:
        fields.append(("unit", coded.unit_of(message.id)))
    settled = coded.verified(message.id)
    if settled is not None:
        by = ", ".join(settled.coders)
        fields.append(("verified", f"{settled.code} ({settled.basis} by {by})"))
    marks = standing_marks(coded.marks.get(message.id, ()))
    for kind, key in (("unsure", "unsure"), ("edge_case", "edge case")):
        names = {mark.coder for mark in marks if mark.kind == kind}
        if names:
            fields.append((key, ", ".join(sorted(names))))
    return fields_text(fields)

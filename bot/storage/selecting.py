"""The selections that several parts share: messages, discussions, codings, as they are read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select

from bot.domain.coding import Act, CoderKind, Coding, Seen
from bot.domain.discussion import Message, Provenance, Scenario, Thread
from bot.storage.rows import DiscussionRow, StoredMessage
from bot.storage.tables import coders, codings, discussions, messages, people, scenarios, threads

_MESSAGES = (
    select(
        messages,
        people.c.pseudonym,
        threads.c.external_id.label("thread_key"),
        discussions.c.round,
        scenarios.c.key,
        scenarios.c.title,
        scenarios.c.text.label("scenario_text"),
    )
    .join(discussions, discussions.c.id == messages.c.discussion_id)
    .join(scenarios, scenarios.c.id == discussions.c.scenario_id)
    .join(threads, threads.c.id == messages.c.thread_id)
    .join(people, people.c.id == messages.c.person_id)
)

_DISCUSSIONS = (
    select(
        discussions,
        threads.c.external_id.label("thread_key"),
        threads.c.name.label("thread_name"),
        scenarios.c.key,
        scenarios.c.title,
        scenarios.c.text.label("scenario_text"),
    )
    .join(scenarios, scenarios.c.id == discussions.c.scenario_id)
    .join(threads, threads.c.id == discussions.c.thread_id)
)


def select_messages() -> Select[Any]:
    """Return the selection of messages with pseudonym, thread and scenario."""
    return _MESSAGES


def select_discussions() -> Select[Any]:
    """Return the selection of discussions with thread and scenario."""
    return _DISCUSSIONS


def to_stored(row: Row[Any]) -> StoredMessage:
    """Read one row of `select_messages`."""
    return StoredMessage(
        id=row.id,
        session_id=row.session_id,
        discussion_id=row.discussion_id,
        context=row.context,
        scenario=to_scenario(row),
        message=Message(
            id=row.external_id,
            thread_id=row.thread_key,
            scenario_id=row.key,
            sequence=row.sequence,
            speaker=row.pseudonym,
            sent_at=row.sent_at,
            text=row.text,
            round=row.round,
            revision=row.revision,
            reply_to=row.reply_to,
            provenance=Provenance(row.provenance),
        ),
        deleted_at=row.deleted_at,
    )


def to_discussion(row: Row[Any]) -> DiscussionRow:
    """Read one row of `select_discussions`."""
    return DiscussionRow(
        id=row.id,
        session_id=row.session_id,
        thread=Thread(row.thread_key, row.thread_name),
        scenario=to_scenario(row),
        round=row.round,
        start_key=row.start_key,
    )


def to_scenario(row: Row[Any]) -> Scenario:
    """Read the scenario out of a row of either selection."""
    return Scenario(row.key, row.title, row.scenario_text)


def select_codings() -> Select[Any]:
    """Return the selection of codings with the message's id, the coder's name and kind."""
    return (
        select(codings, messages.c.external_id, coders.c.name, coders.c.kind)
        .join(messages, messages.c.id == codings.c.message_id)
        .join(coders, coders.c.id == codings.c.coder_id)
    )


def to_coding(row: Row[Any]) -> Coding:
    """Read one row of `select_codings`."""
    return Coding(
        message_id=row.external_id,
        coder=row.name,
        kind=CoderKind(row.kind),
        code=row.code,
        at=row.at,
        act=Act(row.act),
        confidence=row.confidence,
        runner_up=row.runner_up,
        runner_up_confidence=row.runner_up_confidence,
        revision=row.revision,
        window_size=row.window_size,
        cut=row.cut,
        note=row.note,
        seen=None if row.seen is None else Seen(row.seen),
    )


def bare_coding(row: Row[Any]) -> Coding:
    """Read who decided what, when, having seen what: for measures, by the hundred thousand."""
    return Coding(
        message_id=row.external_id,
        coder=row.name,
        kind=_KINDS[row.kind],
        code=row.code,
        at=row.at,
        act=_ACTS[row.act],
        revision=row.revision,
        seen=_SEEN[row.seen],
    )


def coded_blind() -> ColumnElement[bool]:
    """Tell whether somebody coded a message of the query without having been shown any code."""
    blind = codings.alias("blind")
    return exists().where(blind.c.message_id == messages.c.id, blind.c.seen == str(Seen.NOTHING))


_KINDS = {str(kind): kind for kind in CoderKind}
_ACTS = {str(act): act for act in Act}
_SEEN: dict[str | None, Seen | None] = {None: None, **{str(seen): seen for seen in Seen}}

"""Catching up with a thread: its history is held against the log, and what differs is made good.

Whatever happens from the moment at which the log is read also arrives live. So history has the
last word only on what the log held then, and has not been touched since.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.services.holding import AT_MOST, Holding
from bot.services.ingest import Ingest, storable
from bot.storage.errors import NotFollowedError
from bot.storage.live_rows import Followed, Gap
from bot.storage.rows import Arrival, Receipt, SessionRow, StoredMessage

_TOGETHER = 100  # messages stored at a time: a page of history
_NO_END = 2**63 - 1  # order key of what is still to come

_AWAY = (
    "messages were deleted while nobody listened, before they were seen; "
    "some may have been another bot's"
)
_UNSEEN = "a message was deleted that had not been seen; it may have been another bot's"

_log = structlog.get_logger(__name__)

Read = Callable[[int], AsyncIterator[Arrival]]
"""Gives a thread's human messages after an order key, oldest first."""

Gone = Callable[[int], Awaitable[bool]]
"""Tells whether the thread has the message with an order key no more, asked for by itself."""


@dataclass(frozen=True, slots=True)
class History:
    """What a thread's platform still has of it."""

    read: Read
    gone: Gone


@dataclass(frozen=True, slots=True)
class Caught:
    """What catching up with a thread found: messages that were new, edited, deleted, lost."""

    received: int
    edited: int
    deleted: int
    gap: Gap | None


@dataclass(slots=True)
class _Past:
    """What the log held of a thread, from order key `since` on, by message id.

    `last_key` is that of its last message.
    """

    since: int
    known: dict[str, StoredMessage] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    last_key: int = 0


@dataclass(slots=True)
class _Seen:
    """What history gave, and what was done about it."""

    ids: set[str] = field(default_factory=set)
    received: int = 0
    edited: int = 0
    deleted: int = 0


async def catch_up(
    ingest: Ingest,
    holding: Holding,
    session: SessionRow,
    thread_id: str,
    history: History,
    deleted_in_all: int | None,
    *,
    at_most: float = AT_MOST,
    until: int | None = None,
) -> Caught:
    """Hold `thread_id`'s history against the log; return what was made good.

    `deleted_in_all`, as it was before history is read, is how many messages the platform says
    have ever been deleted from the thread, None where it does not tell; what is missing lies
    before order key `until`. The thread is held for `at_most` seconds. What history leaves out
    is deleted only if it is gone. Errors of `history` are passed on: what it told until then is
    stored, and nothing more is taken for deleted. Doing it again does no harm.
    """
    with holding.hold(thread_id, at_most):
        followed = await _followed(ingest, session, thread_id)
        past = await _past(ingest, session, thread_id)
        if followed is None or past is None:
            return Caught(0, 0, 0, None)
        seen = _Seen()
        await _compare(ingest, history.read, past, seen)
        await _delete(ingest, thread_id, history.gone, past, seen)
        missing = await _missing(ingest, followed, deleted_in_all)
        gap = await _gap(ingest, followed, past, missing, until) if missing else None
    caught = Caught(seen.received, seen.edited, seen.deleted, gap)
    _log.info(
        "caught up with a thread",
        received=caught.received,
        edited=caught.edited,
        deleted=caught.deleted,
        missing=0 if gap is None else gap.missing,
    )
    return caught


async def unknown_deletion(ingest: Ingest, thread_id: str, order_key: int) -> None:
    """Record that a message was deleted which had never been seen: a gap of one, once.

    A message of the log, or one that a scenario was posted with, is none.
    """
    study_id, store = ingest.study.id, ingest.store
    external_id = str(order_key)
    if await store.messages.find(study_id, thread_id, external_id) is not None:
        return
    if await store.runs.removed(study_id, thread_id, external_id):
        return
    for session in await store.followed.running(study_id):
        followed = await _followed(ingest, session, thread_id)
        if followed is not None:
            at = store.connections.clock()
            gap = Gap(followed.thread, order_key - 1, order_key + 1, 1, at, _UNSEEN)
            await store.gaps.add(study_id, gap, once=True)
            return


async def _followed(ingest: Ingest, session: SessionRow, thread_id: str) -> Followed | None:
    for followed in await ingest.store.followed.of(session):
        if followed.thread.id == thread_id:
            return followed
    return None


async def _past(ingest: Ingest, session: SessionRow, thread_id: str) -> _Past | None:
    """Return what the log holds of a thread in a session.

    All of it, however long ago: an earlier catching up may have been cut short, and scenarios
    started since. A request brings a hundred messages, and it is not done often.
    """
    store = ingest.store
    discussions = [
        d for d in await store.sessions.discussions(session.id) if d.thread.id == thread_id
    ]
    if not discussions:
        return None
    past = _Past(discussions[0].start_key)
    for discussion in discussions:
        for stored in await store.messages.of_discussion(discussion.id):
            past.known[stored.message.id] = stored
    places = await store.messages.places(ingest.study.id, [thread_id])
    past.keys = {m: place.order_key for (_, m), place in places.items() if m in past.known}
    past.last_key = max(past.keys.values(), default=past.since)
    return past


async def _compare(ingest: Ingest, read: Read, past: _Past, seen: _Seen) -> None:
    """Read history, store what is new or changed in it."""
    page: list[Arrival] = []
    async for arrival in read(past.since - 1):
        page.append(arrival)
        if len(page) == _TOGETHER:
            await _store(ingest, page, past, seen)
            page = []
    await _store(ingest, page, past, seen)


async def _delete(ingest: Ingest, thread_id: str, gone: Gone, past: _Past, seen: _Seen) -> None:
    """Delete what history no longer has, each once the thread is asked for it.

    History may leave a message out for another reason, and removed words do not come back.
    """
    keep = ingest.study.keeps_deleted
    for message_id, stored in past.known.items():
        if stored.deleted_at is not None or message_id in seen.ids:
            continue
        if await gone(past.keys[message_id]):
            at = ingest.store.connections.clock()
            seen.deleted += await ingest.deleted(thread_id, message_id, at, keep_text=keep)


async def _store(ingest: Ingest, page: Sequence[Arrival], past: _Past, seen: _Seen) -> None:
    """Store what is new of a page of history, and the texts that changed while we were away."""
    if not page:
        return
    thread_id = page[0].thread_id
    gone = await _deleted_unseen(ingest, thread_id)
    seen.ids |= {arrival.external_id for arrival in page}
    given = [arrival for arrival in page if arrival.order_key not in gone]
    waiting = [asyncio.shield(ingest.submit(arrival)) for arrival in given]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    for arrival, outcome in zip(given, outcomes, strict=True):
        if isinstance(outcome, Receipt):
            seen.received += outcome.new
            if not outcome.new and not outcome.same and _untouched(outcome.stored, past):
                at = ingest.store.connections.clock()
                seen.edited += await ingest.edited(
                    thread_id, arrival.external_id, storable(arrival.text), at
                )
        elif not isinstance(outcome, NotFollowedError):  # that one is from outside the session
            raise outcome


async def _deleted_unseen(ingest: Ingest, thread_id: str) -> set[int]:
    """Return the keys of messages whose deletion was heard of before the page that has them."""
    gaps = await ingest.store.gaps.of_thread(ingest.study.id, thread_id)
    return {gap.after_key + 1 for gap in gaps if gap.before_key - gap.after_key == 2}


def _untouched(stored: StoredMessage, past: _Past) -> bool:
    """Tell whether the log holds a message as it did before history was read."""
    before = past.known.get(stored.message.id)
    return (
        before is not None
        and stored.deleted_at is None
        and before.message.revision == stored.message.revision
    )


async def _missing(ingest: Ingest, followed: Followed, deleted_in_all: int | None) -> int:
    """Return how many more messages were deleted than is known of."""
    if deleted_in_all is None:
        return 0
    known = followed.deleted_before + await ingest.store.gaps.accounted(followed)
    return max(0, deleted_in_all - known)


async def _gap(
    ingest: Ingest, followed: Followed, past: _Past, missing: int, until: int | None
) -> Gap:
    gap = Gap(
        thread=followed.thread,
        after_key=past.last_key,
        before_key=_NO_END if until is None else until,
        missing=missing,
        noticed_at=ingest.store.connections.clock(),
        reason=_AWAY,
    )
    await ingest.store.gaps.add(ingest.study.id, gap)
    return gap

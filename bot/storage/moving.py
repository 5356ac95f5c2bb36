"""Keeping each discussion numbered 1..n in the order of the thread, whatever comes late.

Whoever is moved, or has an earlier message changed, is pending again: `context` rises, and
`progress` goes back to it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, bindparam, exists, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.coding import CoderKind
from bot.storage.pins import owner
from bot.storage.rows import DiscussionRow, StoredMessage
from bot.storage.tables import coders, codings, discussions, messages, progress, sessions


async def make_room(
    connection: AsyncConnection, discussion_id: int, order_key: int
) -> tuple[int, int]:
    """Free the sequence that a late message with `order_key` takes in its discussion.

    Returns that sequence and how many messages moved; (0, 0) if none comes after it.
    """
    later = (messages.c.discussion_id == discussion_id) & (messages.c.order_key > order_key)
    first, lowest, session_id, moved = (
        await connection.execute(
            select(
                func.min(messages.c.sequence),
                func.min(messages.c.id),
                func.min(messages.c.session_id),
                func.count(),
            ).where(later)
        )
    ).one()
    if first is None:
        return 0, 0
    # By way of negative numbers: the unique index is checked row by row.
    shift = {"sequence": -(messages.c.sequence + 1), "context": messages.c.context + 1}
    await connection.execute(update(messages).where(later).values(shift))
    shifted = (messages.c.discussion_id == discussion_id) & (messages.c.sequence < 0)
    back = update(messages).where(shifted).values(sequence=-messages.c.sequence)
    await connection.execute(back)
    await reopen(connection, int(session_id), int(lowest))
    return int(first), int(moved)


async def move_into(connection: AsyncConnection, thread_id: int, started: DiscussionRow) -> int:
    """Move what the thread holds from `started.start_key` on into it; returns how many."""
    following = await connection.scalar(
        select(func.min(discussions.c.start_key)).where(
            discussions.c.thread_id == thread_id, discussions.c.start_key > started.start_key
        )
    )
    belongs = (messages.c.thread_id == thread_id) & (messages.c.order_key >= started.start_key)
    if following is not None:
        belongs &= messages.c.order_key < following
    query = select(messages.c.id).where(belongs).order_by(messages.c.order_key, messages.c.id)
    ids = list((await connection.execute(query)).scalars())
    if not ids:
        return 0
    change = (
        update(messages)
        .where(messages.c.id == bindparam("row"))
        .values(
            discussion_id=started.id,
            session_id=started.session_id,
            sequence=bindparam("place"),
            context=messages.c.context + 1,
        )
    )
    places = [{"row": row, "place": place} for place, row in enumerate(ids, start=1)]
    await connection.execute(change, places)
    await reopen(connection, started.session_id, min(ids))
    return len(ids)


async def reopen_after(connection: AsyncConnection, changed: StoredMessage) -> int:
    """Make the later messages pending again whose coders read `changed`; returns how many.

    A coder read the `window_size` messages before its own, and would have read one more had that
    been short enough: the text of the first one beyond can change its window, too. A model that
    has not coded a message as it stands may have it in hand with the old text, so a message
    stays as it is only if every model of the study has coded it, without reading so far; in a
    live session that is the one whose the discussion is.
    """
    sequence = changed.message.sequence
    reach = codings.c.window_size + 1
    distance = messages.c.sequence - sequence
    coded_without = exists().where(
        codings.c.message_id == messages.c.id,
        codings.c.coder_id == coders.c.id,
        codings.c.revision == messages.c.revision,
        codings.c.context == messages.c.context,
        reach < distance,
    )
    study = select(sessions.c.study_id).where(sessions.c.id == changed.session_id)
    its_coder = owner(literal(changed.discussion_id), changed.session_id)
    models = and_(
        coders.c.study_id == study.scalar_subquery(),
        coders.c.kind == str(CoderKind.MODEL),
        coders.c.id == func.coalesce(its_coder, coders.c.id),
    )
    concerned = and_(
        messages.c.discussion_id == changed.discussion_id,
        messages.c.sequence > sequence,
        exists().where(models, ~coded_without.correlate(messages, coders)),
    )
    query = select(func.min(messages.c.id), func.count()).where(concerned)
    lowest, count = (await connection.execute(query)).one()
    if lowest is None:
        return 0
    await connection.execute(
        update(messages).where(concerned).values(context=messages.c.context + 1)
    )
    await reopen(connection, changed.session_id, int(lowest))
    return int(count)


async def reopen(connection: AsyncConnection, session_id: int, message_id: int) -> None:
    """Note that `message_id` is pending again: every coder's search starts there or before."""
    behind = (progress.c.session_id == session_id) & (progress.c.done_below > message_id)
    await connection.execute(update(progress).where(behind).values(done_below=message_id))


async def ends_of(
    connection: AsyncConnection, discussion_ids: Collection[int]
) -> dict[int, tuple[int, int]]:
    """Return the last (sequence, order key) of each discussion; (0, lowest) of an empty one."""
    last = (
        select(messages.c.sequence, messages.c.order_key)
        .where(messages.c.discussion_id == discussions.c.id)
        .order_by(messages.c.sequence.desc())
        .limit(1)
    )
    query = select(
        discussions.c.id,
        last.with_only_columns(messages.c.sequence).scalar_subquery(),
        last.with_only_columns(messages.c.order_key).scalar_subquery(),
    ).where(discussions.c.id.in_(discussion_ids))
    rows = await connection.execute(query)
    return {row[0]: (0, _LOWEST) if row[1] is None else (row[1], row[2]) for row in rows}


_LOWEST = -(2**63)  # below every order key

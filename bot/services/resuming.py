"""Finishing what a process that died had begun to say."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services.announcing import Poster
from bot.services.crier import Crier, Failed
from bot.services.standing import Standing, unsaid
from bot.services.timekeeping import overtake
from bot.storage.live_rows import Post, Run
from bot.storage.rows import SessionRow

_LATE = timedelta(minutes=10)  # after a session: nobody is left to be told that time is up


async def resume_session(
    crier: Crier, session: SessionRow, poster: Poster, now: datetime
) -> Failed:
    """Find or post what is missing in a session's threads, and move the threads along.

    Return where that failed, and why.
    """
    failed: Failed = ()
    followed = {f.thread.id for f in await crier.store.followed.of(session)}
    standing = await Standing.read(crier.store, session.id)
    await _move_along(crier, session, standing)
    for run in standing.runs:
        due: list[Post] = []
        for post in unsaid(standing.posts):
            if post.run_id != run.id or post.thread.id not in followed:
                continue
            problem = _too_late(post, run, standing, session, now)
            if problem is None:
                due.append(post)
            else:
                await crier.give_up(post, problem)
        failed += await crier.say(session, run, due, poster, look=True)
    await overtake(crier, session, now)
    return failed


async def _move_along(crier: Crier, session: SessionRow, standing: Standing) -> None:
    """Start the discussions of posts that were noted just before the process died."""
    if session.ended_at is not None:
        return
    discussions = await crier.store.sessions.discussions(session.id)
    begun = {(d.thread.id, d.start_key) for d in discussions}
    for post in standing.posts:
        if post.external_id is None or post.kind == "warning":
            continue
        key = int(post.external_id)
        if (post.thread.id, key) not in begun:
            await crier.move(session, standing.run(post.run_id), post, key)


def _too_late(
    post: Post, run: Run, standing: Standing, session: SessionRow, now: datetime
) -> str | None:
    """Return why `post` is not to be said any more, or None if it is."""
    current = standing.current(post.thread.id)
    if post.kind == "start":
        if current is not None and current.id > run.id:
            return "another scenario started before this one could be posted."
        over = run.ended_at is not None or (run.ends_at is not None and now >= run.ends_at)
        return "the scenario was over before it could be posted." if over else None
    if current != run:
        return "another scenario started before this could be posted."
    if post.kind == "warning":
        over = run.ended_at is not None or (run.ends_at is not None and now >= run.ends_at)
        return "the scenario was over before the warning could be posted." if over else None
    ended_at = run.ended_at or now
    if session.ended_at is not None and now - ended_at > _LATE:
        return "the session was long over when this could be posted."
    return None

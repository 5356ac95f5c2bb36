"""Saying in the threads what runs have to say, and moving each thread along with it.

What is to be said is on disk before; which message said it is noted right after. Whoever finds
it not noted looks for the message first: the process may have died in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.domain.discussion import Thread
from bot.services.announcing import Poster, PostError, words
from bot.services.holding import AT_MOST, Holding
from bot.services.ingest import Ingest
from bot.services.standing import Standing
from bot.storage.live_rows import Post, Run
from bot.storage.rows import SessionRow

Failed = tuple[tuple[Thread, str], ...]
"""Threads in which something could not be said, each with the reason as a sentence."""

_log = structlog.get_logger(__name__)


class Crier:
    """Says what is to be said through a poster, once."""

    def __init__(self, ingest: Ingest, holding: Holding) -> None:
        self.ingest = ingest
        self.store = ingest.store
        self._holding = holding

    async def say(
        self,
        session: SessionRow,
        run: Run,
        posts: Sequence[Post],
        poster: Poster,
        *,
        look: bool = False,
    ) -> Failed:
        """Say each of a run's `posts` in its thread, all at the same time; return the failures.

        With `look` a post that stands in the thread already is taken for what was said.
        """
        each = (self._say(session, run, post, poster, look=look) for post in posts)
        outcomes = await asyncio.gather(*each, return_exceptions=True)
        failed: list[tuple[Thread, str]] = []
        for post, outcome in zip(posts, outcomes, strict=True):
            if isinstance(outcome, PostError):
                failed.append((post.thread, str(outcome)))
            elif isinstance(outcome, BaseException):
                raise outcome
        return tuple(failed)

    async def give_up(self, post: Post, problem: str) -> None:
        """Record that `post` is not to be said any more, and why."""
        await self.store.runs.failed(post, problem)

    async def move(self, session: SessionRow, run: Run, post: Post, key: int) -> None:
        """Move a thread along with what was said in it by the message with order key `key`.

        From there on it discusses the run's scenario, or none if that has ended. In a session
        that has ended nothing is discussed.
        """
        if post.kind == "warning" or session.ended_at is not None:
            return
        scenario = run.scenario if post.kind == "start" else None
        await self.ingest.start_discussion(session, post.thread, scenario, key)

    async def _say(
        self, session: SessionRow, run: Run, post: Post, poster: Poster, *, look: bool
    ) -> None:
        text = words(post.kind, run.scenario)
        thread_id = post.thread.id
        # What people write from now on waits until it is known which side of the post it is on.
        with self._holding.hold(thread_id, AT_MOST):
            try:
                key = None
                if look:
                    after = await self._after(session, post)
                    key = await poster.find(thread_id, text, after)
                if key is None:
                    key = await poster.post(thread_id, text)
            except PostError as error:
                _log.warning("nothing could be posted in a thread", kind=post.kind)
                await self.store.runs.failed(post, str(error))
                raise
            await self.store.runs.said(post, str(key))
            await self.move(session, run, post, key)

    async def _after(self, session: SessionRow, post: Post) -> int:
        """Return the order key after which `post` must stand if it does."""
        if post.kind == "start":
            discussions = await self.store.sessions.discussions(session.id)
            keys = [d.start_key for d in discussions if d.thread.id == post.thread.id]
            return max(keys, default=0)
        standing = await Standing.read(self.store, session.id)
        for other in standing.of(standing.run(post.run_id), "start"):
            if other.thread.id == post.thread.id and other.external_id:
                return int(other.external_id)
        return 0

"""Where each thread of a session stands: which run it is in, as its posts tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.discussion import Thread
from bot.storage.live_rows import Post, PostKind, Run
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's runs and posts, as read at one moment."""

    runs: tuple[Run, ...]
    posts: tuple[Post, ...]

    @classmethod
    async def read(cls, store: Store, session_id: int) -> Standing:
        """Return how a session stands."""
        return cls(await store.runs.of(session_id), await store.runs.posts(session_id))

    def current(self, thread_id: str) -> Run | None:
        """Return the run that was announced last in a thread, ended or not."""
        said = [
            (int(post.external_id), post.run_id)
            for post in self.posts
            if post.kind == "start" and post.thread.id == thread_id and post.external_id
        ]
        return self.run(max(said)[1]) if said else None

    def run(self, run_id: int) -> Run:
        """Return a run by its row; raises KeyError if it is another session's."""
        for run in self.runs:
            if run.id == run_id:
                return run
        raise KeyError(run_id)

    def on(self, run: Run) -> tuple[Thread, ...]:
        """Return the threads which `run` was announced in and no other has been since."""
        told = [p.thread for p in self.of(run, "start") if p.external_id]
        return tuple(t for t in told if self.current(t.id) == run)

    def of(self, run: Run, kind: PostKind) -> tuple[Post, ...]:
        """Return what a run has to say of one kind."""
        return tuple(p for p in self.posts if p.run_id == run.id and p.kind == kind)

    @property
    def running(self) -> tuple[Run, ...]:
        """The runs that have not ended, oldest first."""
        return tuple(run for run in self.runs if run.ended_at is None)

    @property
    def main(self) -> Run | None:
        """The run that most threads are in, of those that have not ended; else None."""
        spread = [(len(self.on(run)), run.id) for run in self.running]
        threads, run_id = max(spread, default=(0, 0))
        return self.run(run_id) if threads else None


def unsaid(posts: Sequence[Post]) -> tuple[Post, ...]:
    """Return those that are still to be said."""
    return tuple(p for p in posts if p.external_id is None and p.problem is None)

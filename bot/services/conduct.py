"""Conducting sessions: which threads they follow, and which scenario runs in them.

Everything is on disk before anybody hears of it, and is finished by `resume` if the process
dies in between.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.domain.discussion import Scenario, Thread
from bot.domain.errors import InputError
from bot.services import programme
from bot.services.announcing import Poster, PostError
from bot.services.crier import Crier, Failed
from bot.services.holding import Holding
from bot.services.ingest import Ingest, storable
from bot.services.programme import State, checked
from bot.services.resuming import resume_session
from bot.services.standing import Standing, unsaid
from bot.services.starting import RunOutcome, announce, start_run
from bot.services.timekeeping import Happened, end_runs, is_due, keep_time
from bot.storage.live_rows import Joining
from bot.storage.rows import SessionRow

__all__ = ["Conduct", "Happened", "Joining", "PostError", "Poster", "RunOutcome", "State"]


class Codes(Protocol):
    """What codes the sessions: a live coder, or all of a desk's."""

    def check(self, scenarios: Iterable[Scenario], /) -> None:
        """Raise InputError for a scenario that is too long for the model to read."""
        ...

    def follow(self, session_id: int, /) -> None:
        """Code a session (its row)."""
        ...


class Conduct:
    """Conducts the sessions of one study."""

    def __init__(self, ingest: Ingest, live: Codes | None, holding: Holding) -> None:
        self._ingest = ingest
        self._store = ingest.store
        self._live = live
        self._crier = Crier(ingest, holding)
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._starting: set[int] = set()

    async def running(self) -> tuple[SessionRow, ...]:
        """Return the study's sessions that follow threads and have not ended, oldest first."""
        return await self._store.followed.running(self._ingest.study.id)

    async def session(self, name: str | None = None) -> SessionRow:
        """Return the running session called `name`, or the only one; else raise InputError."""
        running = await self.running()
        if not running:
            raise InputError("no session is running", "start one with /session start")
        choose = f"give session: one of {', '.join(repr(s.name) for s in running)}"
        if name is not None:
            for session in running:
                if session.name == name:
                    return session
            raise InputError(f"no session {name!r} is running", choose)
        if len(running) > 1:
            raise InputError(f"{len(running)} sessions are running", choose)
        return running[0]

    async def threads(self, session: SessionRow) -> tuple[Thread, ...]:
        """Return the threads that a session follows."""
        return tuple(f.thread for f in await self._store.followed.of(session))

    async def channels(self, session: SessionRow) -> tuple[str, ...]:
        """Return the channels all of whose threads a session follows."""
        return await self._store.followed.channels(session.id)

    async def begin(
        self,
        name: str,
        joinings: Sequence[Joining],
        channels: Sequence[str],
        at: datetime | None = None,
    ) -> SessionRow:
        """Begin a session; its threads talk before any scenario.

        It begins `at`, by the platform's clock; None: now, by ours. Raises InputError if the
        name is empty or in use, if there is nothing to follow, or if a thread is in another
        running session.
        """
        name = storable(name).strip()
        if not name:
            raise InputError("the session has no name", "give it one")
        once = {joining.thread.id: _tidy(joining) for joining in joinings}
        if not once and not channels:
            raise InputError("there is no thread to follow", "name one at least")
        session = await self._ingest.begin_session(
            name, tuple(once.values()), tuple(dict.fromkeys(channels)), at
        )
        if self._live is not None:
            self._live.follow(session.id)
        return session

    async def join(self, session: SessionRow, joining: Joining, poster: Poster) -> None:
        """Follow one thread more, and start in it the scenario that most threads discuss.

        Does nothing if the session follows it. Raises InputError if the session has ended or
        another running one follows the thread, and PostError if the scenario cannot be posted:
        then the thread is followed all the same.
        """
        joining = _tidy(joining)
        async with self._locks[session.id]:
            session = await self._still_running(session)
            if await self._follows(session, joining.thread):
                return
            await self._check_free(session, joining.thread)
            standing = await Standing.read(self._store, session.id)
            run = standing.main
            if run is not None:  # first: a crash from here on leaves it to be said
                await self._store.runs.add(run.id, joining.thread)
            await self._ingest.join_session(session, joining)
            if run is not None:
                thread_ids = {joining.thread.id}
                failed = await announce(self._crier, session, run, thread_ids, poster, look=True)
                if failed:
                    raise PostError(failed[0][1])

    async def start_scenario(
        self,
        session: SessionRow,
        scenario: Scenario,
        poster: Poster,
        *,
        minutes: float | None = None,
        threads: Sequence[str] | None = None,
    ) -> RunOutcome:
        """Post a scenario and start it, in all of the session's threads or in those named.

        It ends by itself after `minutes`. A thread in which it cannot be posted stays where it
        is; started again for such threads alone, without `minutes`, it is the same run. Raises
        InputError, with nothing done, for a scenario or a time that cannot be, a thread that
        the session does not follow, and while another start is under way.
        """
        scenario = checked(scenario, minutes)
        if self._live is not None:
            self._live.check([scenario])
        if session.id in self._starting:
            raise InputError(
                f"a scenario is being started in session {session.name!r}",
                "wait until it stands in the threads",
            )
        self._starting.add(session.id)
        try:
            async with self._locks[session.id]:
                return await start_run(
                    self._crier,
                    await self._still_running(session),
                    scenario,
                    poster,
                    self._now(),
                    minutes=minutes,
                    named=threads,
                )
        finally:
            self._starting.discard(session.id)

    async def next_scenario(self, session: SessionRow) -> Scenario:
        """Return the first of the study's list not yet started in the session, or InputError."""
        return await programme.next_scenario(self._store, session)

    async def scenarios(self, session: SessionRow | None) -> tuple[tuple[Scenario, State], ...]:
        """Return the study's list, then what else was started, each with its state."""
        return await programme.scenarios(self._store, self._ingest.study.id, session)

    async def scenario(self, title: str, text: str | None = None) -> Scenario:
        """Return the scenario of the list, or a new one, that is meant; see programme.meant_by."""
        return await programme.meant_by(self._store, self._ingest.study.id, title, text)

    async def end(self, session: SessionRow, end_key: int, poster: Poster) -> None:
        """End a session with its runs; messages from order key `end_key` on are not part of it.

        Where a scenario was running people are told that time is up.
        """
        async with self._locks[session.id]:
            if not await self._runs_still(session):
                return
            at = self._now()
            ended = await end_runs(self._crier, session, at)
            await self._ingest.end_session(session, end_key)
            session = replace(session, ended_at=at)
            standing = await Standing.read(self._store, session.id)
            for run in ended:
                await self._crier.say(session, run, unsaid(standing.of(run, "end")), poster)

    async def tick(self, poster: Poster, now: datetime) -> tuple[Happened, ...]:
        """Warn of ends one minute before and end runs whose time is up; return what happened.

        Each happens once, however often this is called, and also across restarts.
        """
        happened: list[Happened] = []
        for session in await self.running():
            if not any(is_due(run, now) for run in await self._store.runs.of(session.id)):
                continue
            async with self._locks[session.id]:
                if await self._runs_still(session):
                    happened += await keep_time(self._crier, session, poster, now)
        return tuple(happened)

    async def resume(self, poster: Poster) -> Failed:
        """Finish what a process that died left half posted: look for it, else post it.

        Return the threads in which that failed, each with the reason.
        """
        failed: Failed = ()
        unfinished = await self._store.runs.unfinished(self._ingest.study.id)
        for session_id in dict.fromkeys(s.id for s in (*await self.running(), *unfinished)):
            async with self._locks[session_id]:
                session = await self._reread(session_id)
                failed += await resume_session(self._crier, session, poster, self._now())
        return failed

    async def _follows(self, session: SessionRow, thread: Thread) -> bool:
        return thread.id in {t.id for t in await self.threads(session)}

    async def _check_free(self, session: SessionRow, thread: Thread) -> None:
        for other in await self.running():
            if other.id != session.id and await self._follows(other, thread):
                raise InputError(
                    f"thread {thread.name!r} is in session {other.name!r}, which is running",
                    "end that session first",
                )

    async def _reread(self, session_id: int) -> SessionRow:
        for session in await self._store.sessions.all(self._ingest.study.id):
            if session.id == session_id:
                return session
        raise InputError("the session is not one of this study's", "name one of its sessions")

    async def _runs_still(self, session: SessionRow) -> bool:
        return (await self._reread(session.id)).ended_at is None

    async def _still_running(self, session: SessionRow) -> SessionRow:
        present = await self._reread(session.id)
        if present.ended_at is not None:
            raise InputError(f"session {present.name!r} has ended", "start another one")
        return present

    def _now(self) -> datetime:
        return self._store.connections.clock()


def _tidy(joining: Joining) -> Joining:
    thread = Thread(joining.thread.id, storable(joining.thread.name))
    return replace(joining, thread=thread)

"""Retrainings beside the running bot: every night by the cron setting, and when staff ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.domain.errors import InputError, IntercoderError
from bot.gateway.staff.retraining_embed import retraining_embed, skipped_line
from bot.services.desk import Desk
from bot.services.retraining.due import OFF, trigger
from bot.services.retraining.night import night
from bot.services.retraining.report import report
from bot.services.retraining.retrainer import Finished, Retrainer
from bot.services.retraining.whether import Why
from bot.storage.retrainings import Cause, State

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient

_LOOK = 5  # minutes between two looks whether a night was missed: clocks jump, too
_FIRST = timedelta(minutes=1)  # after the start, which has enough to do
_INSIST = "with force: True it begins all the same"
_GOOD_BYE = 0.5  # seconds to tell the staff of a training that the bot's end has ended

_log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class Nights:
    """Starts retrainings and tells how they ended; one at a time, whoever asked.

    `retrainer` gives what retrains the study of a desk.
    """

    def __init__(
        self,
        client: IntercoderClient,
        retrainer: Callable[[Desk], Retrainer] | None = None,
    ) -> None:
        self._client = client
        self._made = retrainer
        self._scheduler: AsyncIOScheduler | None = None
        self._nights: asyncio.Task[None] | None = None
        self._asked: set[asyncio.Task[None]] = set()
        self._troubled: dict[int, str] = {}
        self._owing = asyncio.Lock()
        self._closed = False

    def retrainer(self, desk: Desk) -> Retrainer:
        """Return what retrains the study of a desk."""
        if self._made is not None:
            return self._made(desk)
        return Retrainer(desk.ingest.store, self._client.settings)

    def start(self) -> None:
        """Have the nights looked at: when one is due, and now and then whether one was missed.

        What is to be done follows from the database alone, so it does not matter which of the
        two looks, how often, or that a timer fires late on a machine that slept.
        """
        cron = self._client.settings.retraining.cron
        lenient = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=lenient)
        if cron != OFF:
            self._scheduler.add_job(self.look, trigger(cron))
        # Also with "off": what a killed bot left running is noted as failed.
        first = datetime.now(UTC) + _FIRST
        every = IntervalTrigger(minutes=_LOOK)
        self._scheduler.add_job(self.look, every, next_run_time=first)
        self._scheduler.start()

    async def look(self) -> None:
        """Begin with what is due, unless that is under way; returns at once."""
        if not self._closed and (self._nights is None or self._nights.done()):
            self._nights = self._client.background.start(self.run(), "nights")

    async def run(self) -> None:
        """Do what is due at every desk, one after the other."""
        for desk in self._client.desks.all():
            try:
                retrainer = self.retrainer(desk)
                await self._clear(desk, retrainer)
                done = await self._watched(desk, retrainer, night(retrainer, desk.study))
            except Exception as error:  # noqa: BLE001 - logged, and told once
                await self._trouble(desk, error)
                continue
            self._troubled.pop(desk.server.id, None)
            if done is not None and done.told:
                await self._tell(desk, done.finished)

    async def ask(self, desk: Desk, *, force: bool = False) -> None:
        """Begin a retraining because somebody asked for it; its end is told to the staff.

        Raises InputError where it cannot begin, or nothing speaks for it.
        """
        retrainer = self.retrainer(desk)
        await self._clear(desk, retrainer)
        skip = await retrainer.why_not(desk.study, Cause.ASKED, force=force)
        if skip is not None:
            remedy = _INSIST if skip.why in (Why.FEW, Why.SESSION) else "see to that first"
            raise InputError(skip.reason.rstrip("."), remedy)
        if self._closed:
            raise InputError("the bot is being stopped", "ask again when it is back")
        task = self._client.background.start(self._ask(desk, retrainer), "retraining")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _ask(self, desk: Desk, retrainer: Retrainer) -> None:
        try:
            running = retrainer.run(desk.study, Cause.ASKED)
            finished = await self._watched(desk, retrainer, running)
        except IntercoderError as error:
            await self._client.tell_staff(desk, f"The retraining could not begin: {error}")
        else:
            await self._tell(desk, finished)

    async def close(self) -> None:
        """End what trains, and begin nothing more. May be called again."""
        self._closed = True
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        running = [*self._asked, *([] if self._nights is None else [self._nights])]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _watched(self, desk: Desk, retrainer: Retrainer, work: Awaitable[Result]) -> Result:
        """Do the work; where the end of the bot ended a training, the staff hears of it."""
        try:
            return await work
        except asyncio.CancelledError:
            if retrainer.stopped is not None:
                with suppress(TimeoutError):
                    telling = self._tell(desk, Finished(retrainer.stopped))
                    await asyncio.wait_for(telling, _GOOD_BYE)
            raise

    async def _tell(self, desk: Desk, finished: Finished) -> bool:
        """Tell the staff what a retraining came to; return whether they heard it."""
        told, name = report(finished), desk.study.name
        if finished.row.state is State.SKIPPED:
            return await self._client.tell_staff(desk, skipped_line(name, told))
        embed = retraining_embed(name, told, finished.row.state)
        return await self._client.tell_staff(desk, embed=embed, files=told.pictures[:1])

    async def _clear(self, desk: Desk, retrainer: Retrainer) -> None:
        """Note the trainings that died; tell of them, whoever noted them, until that is heard."""
        await retrainer.clear()
        retrainings = desk.ingest.store.retrainings
        async with self._owing:
            for row in await retrainings.owed(desk.study.id):
                if await self._tell(desk, Finished(row)):
                    await retrainings.told(row.id)

    async def _trouble(self, desk: Desk, error: Exception) -> None:
        _log.warning("a night could not be looked at", error=type(error).__name__)
        said = str(error) if isinstance(error, IntercoderError) else type(error).__name__
        if self._troubled.get(desk.server.id) != said:
            self._troubled[desk.server.id] = said
            await self._client.tell_staff(
                desk, f"The nightly retraining could not be looked after: {said}"
            )

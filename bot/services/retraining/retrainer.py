"""A retraining from its beginning to its end: the lock, the row, the process, what is taken."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.domain.errors import IntercoderError
from bot.domain.retraining import BUNDLE, Outcome
from bot.inference.bundle import load_bundle
from bot.inference.shelf import shelve
from bot.services.promoting import promote
from bot.services.retraining import places
from bot.services.retraining.command import training_command
from bot.services.retraining.left import clear_left, drop_earlier
from bot.services.retraining.lock import is_running, one_retraining
from bot.services.retraining.noting import noting
from bot.services.retraining.process import Command, watch
from bot.services.retraining.progress import Progress
from bot.services.retraining.reading import TrainingError, check_there, read_result
from bot.services.retraining.situation import situation
from bot.services.retraining.whether import Situation, Skip, Why, whether
from bot.services.retraining.words import no_result, program_failed
from bot.settings import Settings
from bot.storage.promotions import OvertakenError, Promotion
from bot.storage.retrainings import Cause, End, Retraining, State
from bot.storage.rows import Study
from bot.storage.store import Store

_OVERTAKEN = (
    "while it trained, the coder that serves was changed by hand, and it was not judged against "
    "that one."
)

_log = structlog.get_logger(__name__)

MakeCommand = Callable[[Settings, str, Path, Path], Command]


@dataclass(frozen=True, slots=True)
class Finished:
    """A retraining that ended: its row, and where a decision was reached what it rests on."""

    row: Retraining
    outcome: Outcome | None = None


class Retrainer:
    """Retrains the studies of one database, one at a time.

    `settings` name the database of `store`. `command` gives what is started, for settings,
    study, folder and the bundle that serves.
    """

    def __init__(
        self, store: Store, settings: Settings, command: MakeCommand = training_command
    ) -> None:
        self.store = store
        self.settings = settings
        self.stopped: Retraining | None = None
        """The row of a retraining that ended because whoever ran it was stopped."""
        self._command = command

    @property
    def bundles(self) -> Path:
        """The folder that holds the bundles, beside that of the settings."""
        return self.settings.model.bundle.absolute().parent

    async def why_not(self, study: Study, cause: Cause, *, force: bool = False) -> Skip | None:
        """Return why no retraining is begun now, or None; see `whether`."""
        url = self.settings.database.url
        if await asyncio.to_thread(is_running, url):
            return Skip(Why.RUNNING, "another retraining is running; status shows how far it is.")
        found: Situation = await situation(self.store, url, study)
        return whether(found, self.settings.retraining, cause, force=force)

    async def clear(self) -> tuple[Retraining, ...]:
        """Note those that died as failed, if none runs now; return them."""
        if not await self.store.retrainings.running():
            return ()
        with suppress(IntercoderError), one_retraining(self.settings.database.url):
            return await clear_left(self.store, self.bundles)
        return ()

    async def run(
        self,
        study: Study,
        cause: Cause,
        *,
        told: Callable[[Progress], None] = lambda _: None,
        stopped: str = "the bot was stopped before the training had ended.",
    ) -> Finished:
        """Retrain `study` and return how that ended; what fails is told by the row.

        Cancelled, the process is ended and the row says `stopped`. Raises BusyError where one
        runs already, and InputError or StorageError where none can be begun.
        """
        with one_retraining(self.settings.database.url) as lock:
            await clear_left(self.store, self.bundles)
            at = self.store.connections.clock()
            parent = places.beside(self.settings.database.url)
            folder = places.make_folder(parent, self.bundles, study.name, at)
            try:
                row = await self.store.retrainings.begin(study.id, cause, folder)
            except BaseException:
                places.tidy(folder, decided=False)
                raise
            try:
                serving = await self.store.promotions.serving(study.id)
                outcome = await self._train(study, folder, serving, lock, told)
            except asyncio.CancelledError:
                self.stopped = await self._failed(row, folder, stopped)
                raise
            except Exception as error:  # noqa: BLE001 - told by the row
                return Finished(await self._failed(row, folder, _sentence(error)))
            # From here on it takes a second, and ends even if nobody waits for it any more.
            ending = asyncio.ensure_future(self._conclude(study, row, folder, serving, outcome))
            try:
                return await asyncio.shield(ending)
            except asyncio.CancelledError:
                await asyncio.wait((ending,))
                raise

    async def _train(
        self,
        study: Study,
        folder: Path,
        serving: Promotion | None,
        lock: int,
        told: Callable[[Progress], None],
    ) -> Outcome:
        champion = self.settings.model.bundle if serving is None else serving.folder
        if serving is not None:
            await asyncio.to_thread(check_there, serving)
        command = self._command(self.settings, study.name, folder, champion.absolute())
        minutes = self.settings.retraining.timeout_minutes
        async with noting(folder, self.store.connections.clock) as note:

            def both(progress: Progress) -> None:
                note(progress)
                told(progress)

            ended = await watch(command, lock, minutes * 60, both)
        if ended.timed_out or ended.code:
            raise TrainingError(no_result(ended, self.settings.retraining))
        return await asyncio.to_thread(read_result, folder)

    async def _conclude(
        self,
        study: Study,
        row: Retraining,
        folder: Path,
        serving: Promotion | None,
        outcome: Outcome,
    ) -> Finished:
        state, reason = State.KEPT, outcome.reason
        try:
            if outcome.decision == "promote":
                try:
                    await self._take(study, row, folder, serving, outcome)
                except OvertakenError:
                    reason = _OVERTAKEN
                else:
                    state = State.PROMOTED
            end = End(
                state,
                reason,
                verified=outcome.verified,
                champion=outcome.champion,
                challenger=outcome.challenger,
                decision=json.loads(outcome.to_json()),
            )
            ended = await self.store.retrainings.end(row.id, end)
        except Exception as error:
            if state is State.PROMOTED:  # it serves; `clear` notes that of a row that still runs
                raise
            return Finished(await self._failed(row, folder, _sentence(error)))
        await asyncio.to_thread(places.tidy, folder, decided=True)
        await drop_earlier(self.store, row)
        return Finished(ended, outcome)

    async def _take(
        self,
        study: Study,
        row: Retraining,
        folder: Path,
        serving: Promotion | None,
        outcome: Outcome,
    ) -> None:
        """Put the challenger among the bundles and let it serve; raises with nothing changed.

        Cancelled, it may serve or not: `clear` finds out, and keeps or removes the copy.
        """
        made, kept = folder / BUNDLE, self.bundles / folder.name
        found = await asyncio.to_thread(load_bundle, made, verify=False)
        if found.manifest.fingerprint != outcome.challenger:
            raise TrainingError("the coder that was trained is not the one that was judged.")
        await asyncio.to_thread(shelve, made, kept)
        try:
            await promote(
                self.store,
                study,
                kept,
                outcome.reason,
                default=self.settings.model.bundle,
                retraining_id=row.id,
                beaten=None if serving is None else serving.id,
            )
        except Exception:
            await asyncio.to_thread(shutil.rmtree, kept, ignore_errors=True)
            raise
        await asyncio.to_thread(places.drop_bundle, folder)

    async def _failed(self, row: Retraining, folder: Path, reason: str) -> Retraining:
        await asyncio.to_thread(places.tidy, folder, decided=False)
        return await self.store.retrainings.end(row.id, End(State.FAILED, reason))


def _sentence(error: Exception) -> str:
    if isinstance(error, IntercoderError):
        return str(error)
    _log.exception("a retraining failed")
    return program_failed(error)

"""A night: whether one is due for a study, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import IntercoderError
from bot.services.retraining.due import is_due
from bot.services.retraining.lock import BusyError
from bot.services.retraining.retrainer import Finished, Retrainer
from bot.services.retraining.whether import Skip, Why, is_told, remembered
from bot.storage.retrainings import Cause, Retraining, State
from bot.storage.rows import Study


@dataclass(frozen=True, slots=True)
class Night:
    """What became of a night, and whether the staff is to hear of it."""

    finished: Finished
    told: bool


async def night(retrainer: Retrainer, study: Study) -> Night | None:
    """Retrain `study` if a night is due, or note why not; None if none is due.

    Raises StorageError where the database does not take a row.
    """
    rows = await retrainer.store.retrainings.of_study(study.id)
    nights = [row for row in rows if row.cause is Cause.NIGHTLY]
    now = retrainer.store.connections.clock()
    begun = tuple(row.started_at for row in nights)
    if not is_due(retrainer.settings.retraining.cron, now, begun, study.created_at):
        return None
    skip = await retrainer.why_not(study, Cause.NIGHTLY)
    if skip is None:
        try:
            return Night(await retrainer.run(study, Cause.NIGHTLY), told=True)
        except BusyError as error:
            skip = Skip(Why.RUNNING, str(error))
        except IntercoderError as error:  # it could not even begin; once, and not every minute
            skip = Skip(Why.TROUBLE, str(error))
    return await _skipped(retrainer, study, skip, nights)


async def _skipped(
    retrainer: Retrainer, study: Study, skip: Skip, nights: Sequence[Retraining]
) -> Night:
    told = is_told(skip, nights[-1] if nights else None, _last_told(nights), _now(retrainer))
    row = await retrainer.store.retrainings.skip(
        study.id, Cause.NIGHTLY, skip.reason, remembered(skip, told=told)
    )
    return Night(Finished(row), told)


def _now(retrainer: Retrainer) -> datetime:
    return retrainer.store.connections.clock()


def _last_told(nights: Sequence[Retraining]) -> datetime | None:
    """Return when the staff last heard of a skipped night."""
    skipped = (row for row in reversed(nights) if row.state is State.SKIPPED)
    return next((row.started_at for row in skipped if row.decision.get("told")), None)

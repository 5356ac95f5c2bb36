"""When a night is due: from the cron setting and from what was done before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

OFF = "off"

_SPANS = tuple(timedelta(days=days) for days in (1, 8, 32, 367, 1462))
_FUTURE = timedelta(days=1)


def trigger(cron: str) -> CronTrigger:
    """Return the trigger of a cron setting that is not "off"; times are UTC."""
    return CronTrigger.from_crontab(cron, timezone=UTC)


def last_due(cron: str, now: datetime) -> datetime | None:
    """Return the last moment, `now` at the latest, at which a retraining was due; None: never."""
    if cron == OFF:
        return None
    fires = trigger(cron)
    for span in _SPANS:  # the trigger only looks ahead: from as near as there is one
        found: datetime | None = None
        fire = fires.get_next_fire_time(None, now - span)
        if fire is None:  # the 30th of February
            return None
        while fire is not None and fire <= now:
            found, fire = fire, fires.get_next_fire_time(fire, fire + timedelta(seconds=1))
        if found is not None:
            return found
    return None


def next_due(cron: str, now: datetime) -> datetime | None:
    """Return the next moment at which a retraining is due; None: never."""
    found: datetime | None = None if cron == OFF else trigger(cron).get_next_fire_time(None, now)
    return found


def is_due(cron: str, now: datetime, nights: tuple[datetime, ...], since: datetime) -> bool:
    """Tell whether a night's retraining is to be begun now.

    It is where none of the `nights` (when those of the study were begun, skipped ones too)
    is at or after the last due moment, if the study was there by then (`since`): so a missed
    night is made up for once, and one that was done is not done again when the clock is set
    back. A night from more than a day ahead was noted by a clock that was wrong, and does not
    count: else there would be none until then.
    """
    due = last_due(cron, now)
    if due is None or since > due:
        return False
    return not any(due <= night <= now + _FUTURE for night in nights)

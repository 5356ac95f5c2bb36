"""The moments of a crontab, in the words of the scheduler."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The weekdays of a crontab by number. APScheduler's own count begins with 0 for Monday."""


def crontab(value: str) -> str:
    """Return the five fields of a crontab as the scheduler reads them, or "off".

    Raises ValueError, whose text is the remedy.
    """
    text = value.strip().lower()
    if text != "off":
        try:
            others, _, weekday = " ".join(text.split()).rpartition(" ")
            text = f"{others} {_weekdays(weekday)}".strip()
            fires = CronTrigger.from_crontab(text, timezone=UTC)
            if fires.get_next_fire_time(None, datetime.now(UTC)) is None:
                raise ValueError("that moment never comes")
        except ValueError as error:
            raise ValueError(
                f"give minute, hour, day, month and weekday (0 3 * * *), or off ({error})"
            ) from None
    return text


def _weekdays(field: str) -> str:
    """Return the weekday field of a crontab with names in the place of numbers."""
    found: list[str] = []
    for part in field.split(","):
        numbers = re.fullmatch(r"([0-7])(?:-([0-7]))?", part)
        if numbers is None and re.search(r"\d", part):
            raise ValueError(f"the weekday {part!r} is none: name the days, such as mon-fri")
        if numbers is None:
            found.append(part)
        else:
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            found += _DAYS[first : last + 1] or [part]  # the scheduler refuses a range backwards
    return ",".join(found)

"""Discord's ids: milliseconds since 2015 in the high bits, a counter in the low ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# 2015-01-01T00:00:00Z, the first second of Discord's calendar.
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
# The low bits of an id: worker, process and counter; here one counter.
COUNTER_BITS = 22


def wall_clock() -> datetime:
    """Return the time of day, aware and UTC."""
    return datetime.now(UTC)


def moment(snowflake: int | str) -> datetime:
    """Return the time, to the millisecond, at which an id was given out."""
    return EPOCH + timedelta(milliseconds=int(snowflake) >> COUNTER_BITS)


def first_id_at(when: datetime) -> int:
    """Return the lowest id that can be given out at a time."""
    return ((when - EPOCH) // timedelta(milliseconds=1)) << COUNTER_BITS


class Snowflakes:
    """Gives out ids that never repeat and always rise, also when the clock stands or goes back."""

    def __init__(self, now: Callable[[], datetime] = wall_clock) -> None:
        self.now = now
        self._last = 0

    def next(self) -> int:
        """Return a new id, higher than all before."""
        self._last = max(self._last + 1, first_id_at(self.now()))
        return self._last

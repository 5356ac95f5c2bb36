"""Which night is due, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.retraining.due import is_due, last_due, next_due

CRON = "0 3 * * *"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: int, hour: int = 3, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "now", "last", "following"),
    [
        (CRON, at(2, 9), at(2), at(3)),
        (CRON, at(2, 2), at(1), at(2)),
        (CRON, at(2), at(2), at(2)),
        ("30 4 * * sun", at(4, 9), at(1, 4, 30), at(8, 4, 30)),
        ("0 3 1 * *", at(31, 9), at(1), datetime(2026, 4, 1, 3, tzinfo=UTC)),
        ("0 3 29 2 *", at(2), datetime(2024, 2, 29, 3, tzinfo=UTC), None),
        ("off", at(2), None, None),
    ],
)
def test_the_last_and_the_next_moment(cron, now, last, following):
    assert last_due(cron, now) == last
    if following is not None or last is None:
        assert next_due(cron, now) == following


def test_a_night_is_done_once():
    assert is_due(CRON, at(2), (at(1),), LONG_AGO)
    assert not is_due(CRON, at(2, 3, 1), (at(1), at(2)), LONG_AGO)
    assert not is_due(CRON, at(2, 2), (at(1),), LONG_AGO)


def test_a_missed_night_is_made_up_for_once_however_many_were_missed():
    assert is_due(CRON, at(9, 10), (at(1),), LONG_AGO)
    assert not is_due(CRON, at(9, 11), (at(1), at(9, 10)), LONG_AGO)
    assert is_due(CRON, at(10), (at(1), at(9, 10)), LONG_AGO)


def test_a_new_study_has_missed_nothing():
    assert not is_due(CRON, at(2, 10), (), since=at(2, 9))
    assert is_due(CRON, at(3), (), since=at(2, 9))


def test_a_clock_that_is_set_back_repeats_no_night():
    done = (at(1), at(2))
    assert not is_due(CRON, at(2, 2, 30), done, LONG_AGO)
    assert not is_due(CRON, at(2, 3, 0), done, LONG_AGO)
    assert is_due(CRON, at(3), done, LONG_AGO)


def test_a_night_noted_by_a_clock_that_ran_years_ahead_stops_no_other():
    wrong = datetime(2031, 3, 2, 3, tzinfo=UTC)
    assert is_due(CRON, at(2), (at(1), wrong), LONG_AGO)
    assert not is_due(CRON, at(2, 4), (at(1), wrong, at(2)), LONG_AGO)


def test_off_is_never_due():
    assert not is_due("off", at(2), (), LONG_AGO)


@settings(max_examples=40)
@given(jumps=st.lists(st.integers(-60 * 24 * 3, 60 * 24 * 3), max_size=15))
def test_however_the_clock_jumps_no_moment_is_done_twice(jumps: list[int]) -> None:
    now, nights = at(10, 12), [at(10)]
    for jump in jumps:
        now += timedelta(minutes=jump)
        if is_due(CRON, now, tuple(nights), LONG_AGO):
            due = last_due(CRON, now)
            # Only rows from more than a day ahead, of a clock that was wrong, do not count.
            assert not [n for n in nights if due <= n <= now + timedelta(days=1)]
            nights.append(now)
        assert not is_due(CRON, now, tuple(nights), LONG_AGO)

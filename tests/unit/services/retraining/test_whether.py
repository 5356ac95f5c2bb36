"""Whether a retraining is begun, and whether the staff hears that it was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.services.retraining.whether import Situation, Skip, Why, is_told, remembered, whether
from bot.settings import RetrainingSettings
from bot.storage.retrainings import Cause, Retraining, State

READY = Situation(verified=500, new=50, sessions=(), missing=None, free=6_000_000_000)
SETTINGS = RetrainingSettings()
NIGHT = datetime(2026, 3, 2, 3, tzinfo=UTC)


def test_a_night_with_enough_of_everything_trains():
    assert whether(READY, SETTINGS, Cause.NIGHTLY) is None


@pytest.mark.parametrize(
    ("changed", "why", "said"),
    [
        ({"new": 49}, Why.FEW, "only 49 verified codes are new since the last retraining, and 50"),
        ({"new": 1}, Why.FEW, "only 1 verified code is new"),
        ({"new": 0}, Why.FEW, "no code was verified since the last retraining."),
        ({"new": 0, "verified": 0}, Why.NOTHING, "nobody has verified a code yet"),
        ({"sessions": ("monday",)}, Why.SESSION, "session 'monday' is running"),
        ({"sessions": ("a", "b", "c", "d")}, Why.SESSION, "'a', 'b', 'c', ... are running"),
        ({"free": 5_999_999_999}, Why.MEMORY, "6.0 GB of memory are free, and a training may"),
        ({"missing": "torch"}, Why.EXTRA, "torch is not installed where the bot runs"),
    ],
)
def test_what_is_lacking_is_a_sentence(changed, why, said):
    skip = whether(replace(READY, **changed), SETTINGS, Cause.NIGHTLY)
    assert skip is not None
    assert skip.why is why
    assert said in skip.reason
    assert skip.reason.endswith(".")


def test_who_asks_needs_one_new_code_and_who_insists_none():
    few = replace(READY, new=1)
    assert whether(few, SETTINGS, Cause.NIGHTLY) is not None
    assert whether(few, SETTINGS, Cause.ASKED) is None
    none = replace(READY, new=0, sessions=("monday",))
    assert whether(none, SETTINGS, Cause.ASKED).why is Why.FEW
    assert whether(none, SETTINGS, Cause.ASKED, force=True) is None
    for lacking in ({"free": 0}, {"missing": "torch"}, {"verified": 0, "new": 0}):
        assert whether(replace(READY, **lacking), SETTINGS, Cause.ASKED, force=True) is not None


def test_a_session_does_not_hinder_where_the_setting_says_so():
    runs = SETTINGS.model_copy(update={"during_session": "run"})
    assert whether(replace(READY, sessions=("monday",)), runs, Cause.NIGHTLY) is None


def skipped(why: Why, *, state: State = State.SKIPPED) -> Retraining:
    at = NIGHT - timedelta(days=1)
    told = remembered(Skip(why, "."), told=True)
    return Retraining(1, 1, Cause.NIGHTLY, state, at, at, None, None, None, None, ".", told)


def test_the_same_reason_is_told_once_a_week():
    few = Skip(Why.FEW, "only 3.")
    assert is_told(few, None, None, NIGHT)
    heard = [
        is_told(few, skipped(Why.FEW), NIGHT - timedelta(days=days), NIGHT) for days in range(1, 9)
    ]
    assert heard == [False] * 6 + [True] * 2


def test_a_new_reason_is_told_at_once():
    yesterday = NIGHT - timedelta(days=1)
    few = Skip(Why.FEW, "only 3.")
    assert is_told(few, skipped(Why.MEMORY), yesterday, NIGHT)
    assert is_told(few, skipped(Why.FEW, state=State.KEPT), yesterday, NIGHT)


def test_a_clock_that_was_set_back_silences_nobody():
    assert is_told(Skip(Why.FEW, "."), skipped(Why.FEW), NIGHT + timedelta(days=400), NIGHT)

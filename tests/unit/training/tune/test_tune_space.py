"""What is searched: real settings, both references among them, and nothing that means nothing."""

from dataclasses import fields, replace

import optuna
import pytest

from bot.encoding.spec import Architecture
from training.presets import DEFAULT, DEFAULT_PAIR, PAPER, Settings
from training.tune.duration import seconds_of, told
from training.tune.space import ARCHITECTURES, held_out_by_group, point, space, suggested


@pytest.mark.parametrize("preset", [DEFAULT, DEFAULT_PAIR, PAPER], ids=lambda s: s.preset)
@pytest.mark.parametrize("alone", [True, False])
def test_a_preset_has_its_place_and_comes_back_from_it(preset, alone):
    searched = space((preset.architecture,) if alone else ARCHITECTURES, 100)
    place = point(preset, searched)
    trial = optuna.trial.FixedTrial(place)
    base = held_out_by_group(preset, 3)
    found = suggested(trial, searched, base).to_dict()
    expected = {**preset.to_dict(), "preset": "tuned", "seed": 3, "split": "group"}
    named = {one.field for one in searched if one.counts(preset.to_dict())}
    assert {k: found[k] for k in named} == {k: expected[k] for k in named}


def test_every_searched_setting_is_one_and_only_what_counts_is_drawn():
    searched = space(ARCHITECTURES, 100)
    assert {one.field for one in searched} <= {f.name for f in fields(Settings)}
    assert len({one.name for one in searched}) == len(searched)
    linear = point(DEFAULT, searched)
    assert "gamma" not in linear
    assert "window (pair)" not in linear
    assert {"window (thread)", "step (thread)"} <= linear.keys()
    assert {"gamma", "step_size"} <= point(PAPER, searched).keys()


def test_teachers_and_epochs_that_are_drawn_are_not_overruled():
    searched = space((Architecture.THREAD,), 100)
    trial = optuna.trial.FixedTrial(point(DEFAULT, searched))
    found = suggested(trial, searched, held_out_by_group(DEFAULT, 0))
    assert (found.teachers, found.uncoded_for_teachers, found.least_steps) == (5, 0.0, 0)


def test_a_value_outside_is_moved_to_the_nearest_inside():
    searched = space((Architecture.THREAD,), 100)
    wild = replace(DEFAULT, epochs=100, learning_rate=1.0, oversample_min=54, schedule="cosine")
    place = point(wild, searched)
    assert (place["epochs"], place["learning_rate"], place["oversample_min"]) == (8, 1e-3, 50)
    assert "schedule" not in place


def test_oversampling_reaches_twice_the_records_at_hand():
    def most(records: int) -> int:
        return next(s.values.high for s in space(ARCHITECTURES, records) if "total" in s.name)

    assert most(100) == 4000
    assert most(7700) == 15500


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28800), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("1H 5m", 3900)],
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "h", "0m", "-5m", "1.5h", "5 minutes"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="8h, 90m or 1h30m"):
        seconds_of(text)


def test_times_are_told_to_two_units():
    assert [told(s) for s in (4.4, 60, 123, 3600, 29100)] == [
        "4 s",
        "1 min",
        "2 min 3 s",
        "1 h",
        "8 h 5 min",
    ]

"""Little material gets more epochs and smaller steps; enough of it stays as it is."""

from dataclasses import replace

import pytest

from bot.encoding.spec import Architecture
from tests.unit.training.tiny_study import tiny_settings
from training.pace import paced

SETTINGS = replace(tiny_settings(Architecture.THREAD), step=4, epochs=2, least_steps=90)


@pytest.mark.parametrize(
    ("units", "step", "epochs"),
    [
        (300, 4, 2),
        (180, 4, 2),  # 45 steps an epoch
        (100, 4, 4),
        (30, 2, 6),
        (5, 1, 18),
        (1, 1, 90),
    ],
)
def test_there_are_enough_steps(units, step, epochs):
    found = paced(SETTINGS, units)
    assert (found.step, found.epochs) == (step, epochs)
    assert -(-units // step) * epochs >= 90


def test_without_the_setting_nothing_changes():
    assert paced(replace(SETTINGS, least_steps=0), 1) == replace(SETTINGS, least_steps=0)

"""The simulated coders agree as they are told to, and the benchmark tells what it simulated."""

from __future__ import annotations

import numpy as np
import pytest

from bench.agreement import looks, misses, misses_of_groups, stream, widths
from bot.domain.agreement import agreement


@pytest.mark.parametrize("kappa", [0.0, 0.3, 0.8, 1.0])
def test_two_coders_have_the_kappa_asked_for(kappa: float) -> None:
    codes = stream(np.random.default_rng(1), kappa, 20_000)
    first, second = (codes[:, n].astype(str).tolist() for n in (0, 1))
    assert agreement(first, second).kappa == pytest.approx(kappa, abs=0.02)


def test_every_unit_is_looked_at() -> None:
    codes = stream(np.random.default_rng(1), 0.6, 40)
    assert [found.n for found in looks(codes)] == list(range(1, 41))


def test_what_is_measured_is_told() -> None:
    wide, narrow = widths(0.3, streams=2), widths(0.9, streams=2)
    assert wide["width_after"]["500"] > narrow["width_after"]["500"] > 0
    assert wide["width_after"]["50"] > wide["width_after"]["500"]
    assert 0 <= misses(0.6, streams=5, units=100)["missed"] <= 1
    assert misses_of_groups(5, in_turn=True, spread=3)["missed"] > 0.5, "such groups share no kappa"

"""Intervals come from redrawing groups; they say when there are too few of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tables_of_codes import ratings_of

from bot.reliability import resampling
from bot.reliability.measure import measure
from bot.reliability.ratings import Ratings
from bot.reliability.resampling import Draws, Grouping, interval_note, percentiles


def some(units: int, coders: int, size: int, groups: int, seed: int = 0, gap: float = 0.3):
    """Return codes of which seven in ten are the true one, `gap` of them missing."""
    random = np.random.default_rng(seed)
    true = random.integers(0, size, (units, 1))
    given = random.integers(0, size, (units, coders))
    table = np.where(random.random((units, coders)) < 0.7, true, given)
    table[random.random((units, coders)) < gap] = -1
    names = [f"g{i}" for i in random.integers(0, groups, units)]
    return ratings_of(table, size, names)


def test_interval_is_that_of_measuring_redrawn_groups_one_by_one():
    ratings = some(60, 3, 3, 6)
    ratings = ratings.of_units((ratings.table != -1).any(axis=1))
    names = sorted(set(ratings.groups))
    groups = np.array(ratings.groups)
    redrawn = []
    for draw in np.random.default_rng(5).multinomial(6, np.full(6, 1 / 6), size=120):
        rows = np.concatenate([np.tile(np.flatnonzero(groups == g), n)
                               for g, n in zip(names, draw, strict=True)])  # fmt: skip
        redrawn.append(measure(ratings_of(ratings.table[rows], 3), resamples=0))
    found = measure(ratings, seed=5, resamples=120)

    def ends(values: list[float | None]) -> list[float]:
        return np.percentile([v for v in values if v is not None], [2.5, 97.5]).tolist()

    for name, figure in found.overall.figures.items():
        expected = ends([r.overall[name].value for r in redrawn])
        assert [figure.low, figure.high] == pytest.approx(expected, abs=1e-12), name
    for code in ratings.codes:
        for name, figure in found.per_code[code].figures.items():
            expected = ends([r.per_code[code][name].value for r in redrawn])
            assert [figure.low, figure.high] == pytest.approx(expected, abs=1e-12), name
    for i, pair in enumerate(found.pairs):
        for name, figure in pair.overall.figures.items():
            expected = ends([r.pairs[i].overall[name].value for r in redrawn])
            assert [figure.low, figure.high] == pytest.approx(expected, abs=1e-12), name


def test_the_same_seed_gives_the_same_intervals_whatever_the_order_of_units():
    ratings = some(80, 3, 4, 9)
    assert measure(ratings, seed=3).to_dict() == measure(ratings, seed=3).to_dict()
    assert measure(ratings, seed=4).overall != measure(ratings, seed=3).overall
    back = Ratings(
        ratings.units[::-1], ratings.groups[::-1], ratings.coders, ratings.codes,
        ratings.table[::-1].copy(),
    )  # fmt: skip
    for name, figure in measure(back, seed=3).overall.figures.items():
        expected = measure(ratings, seed=3).overall[name]
        assert figure.low == pytest.approx(expected.low, abs=1e-12)


def test_groups_that_differ_give_wider_intervals_than_groups_that_are_alike():
    table = np.zeros((200, 2), dtype=int)
    table[::2] = 1
    table[:60, 1] = 1 - table[:60, 1]  # the first units are all disagreed on
    apart = measure(ratings_of(table, 2, [f"g{i // 20}" for i in range(200)])).overall
    alike = measure(ratings_of(table, 2, [f"g{i % 10}" for i in range(200)])).overall
    for name in apart.figures:
        assert apart[name].value == pytest.approx(alike[name].value)
        assert apart[name].high - apart[name].low > 2 * (alike[name].high - alike[name].low)


def test_too_few_groups_are_told():
    ratings = some(40, 2, 2, 1)
    alone = measure(ratings)
    assert alone.overall["fleiss_kappa"].value is not None
    assert alone.overall["fleiss_kappa"].low is alone.overall["fleiss_kappa"].high is None
    assert alone.note == "no interval: it needs at least two groups"
    assert measure(some(40, 2, 2, 4)).note == "a rough interval: from 4 groups alone"
    assert measure(some(90, 2, 2, 12)).note is None
    assert interval_note(9) is not None
    assert interval_note(10) is None


def test_a_pair_that_meets_in_one_group_alone_has_no_interval():
    ratings = some(90, 3, 3, 5, gap=0.0)
    table = ratings.table.copy()
    table[np.array(ratings.groups) != "g0", 2] = -1
    found = measure(replace(ratings, table=table))
    both, one = found.pairs[0].overall, found.pairs[1].overall
    assert (both.groups, one.groups) == (5, 1)
    assert both["cohen_kappa"].low is not None
    assert one["cohen_kappa"].value is not None
    assert one["cohen_kappa"].low is one["gwet_ac1"].high is None
    assert one.note == "no interval: it needs at least two groups"


def test_pieces_of_any_size_give_the_same_sums(monkeypatch):
    ratings = some(70, 3, 3, 8)
    whole = measure(ratings, resamples=40)
    monkeypatch.setattr(resampling, "_CHUNK", 30)
    in_pieces = measure(ratings, resamples=40)
    for name, figure in whole.overall.figures.items():
        again = in_pieces.overall[name]
        assert (again.value, again.low, again.high) == pytest.approx(
            (figure.value, figure.low, figure.high), abs=1e-12
        )


def test_percentiles_are_of_the_resamples_in_which_a_measure_is_defined():
    values = np.random.default_rng(0).random((201, 3))
    values[::3, 1] = np.nan
    values[:, 2] = np.nan
    low, high = percentiles(values)
    for place in (0, 1):
        defined = values[~np.isnan(values[:, place]), place]
        assert [low[place], high[place]] == pytest.approx(np.percentile(defined, [2.5, 97.5]))
    assert np.isnan(low[2])
    assert np.isnan(high[2])


def test_every_resample_draws_as_many_groups_as_there_are():
    assert (Draws.of(7, 0, 100).times.sum(axis=1) == 7).all()
    assert Grouping.of(("b", "a", "b")).member.tolist() == [1, 0, 1]


def test_a_large_study_has_every_figure():
    found = measure(some(11_000, 5, 16, 400))
    assert len(found.pairs) == 10
    assert found.pairs[0].per_code["c15"]["krippendorff_alpha"].low is not None

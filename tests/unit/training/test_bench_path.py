"""The benchmark of the whole path, in small."""

import pytest

from training import bench_path


async def test_it_measures_blocks_after_each_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_path, "MARKS", (100, 300))
    monkeypatch.setattr(bench_path, "BLOCK", 50)
    told: list[int] = []
    figures = await bench_path.measure(None, 300, told.append)
    assert (figures.engine, figures.messages) == ("fake", 550)
    assert told == list(range(50, 551, 50))
    assert [rate.stored for rate in figures.rates] == [100, 300]
    for rate in figures.rates:
        assert len(rate.blocks) == 5
        assert 0 < rate.minimum <= rate.median
    assert figures.ratio == figures.rates[1].median / figures.rates[0].median


def test_the_synthetic_discussions_are_the_same_every_time() -> None:
    assert bench_path.synthetic(130) == bench_path.synthetic(130)
    assert [len(d.messages) for d in bench_path.synthetic(130).discussions] == [60, 60, 10]

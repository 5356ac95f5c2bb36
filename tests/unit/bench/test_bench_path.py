"""The benchmark of the whole path, in small."""

import pytest

from bench.path import QUICK, WHOLE, Sizes, measure, synthetic
from bot.encoding.spec import Architecture


async def test_it_measures_blocks_after_each_mark() -> None:
    told: list[int] = []
    figures = await measure(Sizes((100, 300), 50), tell=told.append)
    assert (figures.engine, figures.messages) == ("fake", 550)
    assert told == list(range(50, 551, 50))
    assert [rate.stored for rate in figures.rates] == [100, 300]
    for rate in figures.rates:
        assert len(rate.blocks) == 5
        assert 0 < rate.minimum <= rate.median
    assert figures.ratio == figures.rates[1].median / figures.rates[0].median


async def test_a_trained_coder_can_take_the_fake_ones_place(tiny_bundle) -> None:
    bundle = tiny_bundle(Architecture.THREAD).path
    assert (await measure(Sizes((10,), 10), bundle, 1)).engine.startswith("onnx-")


def test_the_synthetic_discussions_are_the_same_every_time() -> None:
    assert synthetic(130) == synthetic(130)
    assert [len(d.messages) for d in synthetic(130).discussions] == [60, 60, 10]


@pytest.mark.parametrize("sizes", [WHOLE, QUICK], ids=["whole", "quick"])
def test_blocks_begin_at_the_marks(sizes: Sizes) -> None:
    assert all(mark % sizes.block == 0 for mark in sizes.marks)

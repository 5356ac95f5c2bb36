import numpy as np
from numpy.typing import NDArray

from bot.encoding.inputs import PairInput
from bot.inference.pair import PairScorer


def item(*ids: int) -> PairInput:
    return PairInput(ids, (0,) * (len(ids) - 1) + (1,), 0, cut=False)


class Recorder:
    """Gives back sums, and remembers the shapes that it was run on."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        self.shapes.append(ids.shape)
        assert not ids[mask == 0].any()
        return np.stack([ids.sum(1), mask.sum(1), types.sum(1)], axis=1).astype(np.float32)


def test_rows_come_back_in_the_order_of_the_inputs() -> None:
    inputs = [item(5, 5, 5), item(1), item(2, 2), item(3), item(4, 4)]
    for exact in (True, False):
        rows = PairScorer(Recorder(), exact=exact).logits(inputs)
        assert rows.tolist() == [[15, 3, 1], [1, 1, 1], [4, 2, 1], [3, 1, 1], [8, 2, 1]]


def test_runs_stay_under_the_cap_of_padded_tokens() -> None:
    recorder = Recorder()
    scorer = PairScorer(recorder, max_padded_tokens=6, exact=False)
    scorer.logits([item(*range(1, n)) for n in (4, 4, 4, 3, 3, 9)])
    assert recorder.shapes == [(2, 2), (2, 3), (1, 3), (1, 8)]


def test_exact_batches_are_never_padded() -> None:
    recorder = Recorder()
    PairScorer(recorder).logits([item(1, 2), item(1), item(3, 4), item(5, 6, 7)])
    assert recorder.shapes == [(1, 1), (2, 2), (1, 3)]

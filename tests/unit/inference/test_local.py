from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.encoding.inputs import EncoderInput, PairInput
from bot.inference.engine import EngineError
from bot.inference.fake import fake_engine
from bot.inference.local import LocalEngine, softmax

GIVEN = PairInput((1, 2, 3), (0, 0, 1), 0, cut=False)


class Fixed:
    def __init__(self, *values: float) -> None:
        self.values = values

    def logits(self, inputs: Sequence[EncoderInput]) -> NDArray[np.float32]:
        return np.array([self.values] * len(inputs), dtype=np.float32)


def test_softmax_keeps_its_sum_at_extreme_values() -> None:
    rows = softmax(np.array([[1e4, -1e4, 1e4], [0, 0, 0]], dtype=np.float32))
    np.testing.assert_allclose(rows, [[0.5, 0, 0.5], [1 / 3] * 3], atol=1e-7)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_an_error_and_no_code(bad: float) -> None:
    with pytest.raises(EngineError, match="no number"):
        LocalEngine("x", ("a", "b"), "f", Fixed(0, bad)).score([GIVEN])


def test_another_number_of_outputs_than_codes_is_an_error() -> None:
    with pytest.raises(EngineError, match="3 values a message for 2 codes"):
        LocalEngine("x", ("a", "b"), "f", Fixed(0, 1, 2)).score([GIVEN])


def test_the_fake_depends_on_seed_and_on_nothing_else_but_its_input() -> None:
    first = fake_engine(("a", "b", "c"), seed=1).score([GIVEN])
    np.testing.assert_array_equal(first, fake_engine(("a", "b", "c"), seed=1).score([GIVEN]))
    assert (first != fake_engine(("a", "b", "c"), seed=2).score([GIVEN])).any()
    # Fixed for good: rehearsals written down with the fake stay valid.
    np.testing.assert_allclose(first, [[0.7583064, 0.21375817, 0.02793545]], atol=1e-6)

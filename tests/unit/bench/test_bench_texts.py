"""The texts of the races have exactly the lengths that are told."""

import pytest
from tokenizers import Tokenizer

from bench.texts import SHAPES, Shape, TextMaker
from bot.encoding.encode import Encoder
from bot.encoding.inputs import PairInput
from bot.encoding.spec import Architecture, EncoderSpec
from tests.tiny_bundle import tokenizer_json


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(tokenizer_json())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_pair_has_as_many_tokens_as_its_shape(tokenizer: Tokenizer, shape: Shape) -> None:
    encoder = Encoder(tokenizer, EncoderSpec(Architecture.PAIR, 12, 512, 256, "0" * 64))
    for window in TextMaker(tokenizer).talk(shape, 3):
        given = encoder.encode(window)
        assert isinstance(given, PairInput)
        assert (given.tokens, given.window, given.cut) == (shape.tokens, shape.earlier, False)


def test_each_window_has_one_message_that_the_last_had_not(tokenizer: Tokenizer) -> None:
    first, second = TextMaker(tokenizer).talk(SHAPES[-1], 2)
    assert second.messages == (*first.messages[1:], first.target)


def test_the_same_seed_draws_the_same_words(tokenizer: Tokenizer) -> None:
    one, same, other = (TextMaker(tokenizer, seed).talk(SHAPES[1], 1) for seed in (0, 0, 1))
    assert one == same != other

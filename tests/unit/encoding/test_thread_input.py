"""The thread architecture's input: each message by itself, with who wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.domain.errors import InputError
from bot.encoding.inputs import ThreadInput
from bot.encoding.spec import Architecture
from tests.tiny_bundle import tokenizer_json
from tests.unit.encoding.windows_of import WINDOWS, encoder_of, window_of

TOKENIZER = Tokenizer.from_str(tokenizer_json())
CLS, SEP = TOKENIZER.token_to_id("[CLS]"), TOKENIZER.token_to_id("[SEP]")


def alone(text: str, budget: int) -> tuple[int, ...]:
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    return (CLS, *ids[: budget - 2], SEP)


def thread(window, /, **changes) -> ThreadInput:
    found = encoder_of(Architecture.THREAD, **changes).encode(window)
    assert isinstance(found, ThreadInput)
    return found


@given(WINDOWS, st.integers(16, 64), st.integers(0, 12))
def test_each_message_is_tokenised_as_if_it_stood_alone(window, budget, limit):
    found = thread(window, max_tokens=budget, window=limit)
    seen = [*window.messages[len(window.messages) - min(limit, len(window.messages)) :]]
    assert found.messages == tuple(alone(m.text, budget) for m in [*seen, window.target])
    assert found.scenario == alone(window.scenario.text, 512)
    assert found.window == len(seen)
    assert found.tokens == len(found.messages[-1])


@given(WINDOWS)
def test_it_tells_which_messages_the_same_speaker_wrote(window):
    found = thread(window)
    speakers = [m.speaker for m in window.messages[-8:]]
    assert found.same_speaker == (*(s == window.target.speaker for s in speakers), True)


def test_only_the_message_to_be_coded_flags_a_cut():
    long = "game " * 63
    assert not thread(window_of("fox", [long], "game " * 62)).cut
    assert thread(window_of("fox", [], long)).cut


def test_a_message_has_the_same_tokens_as_target_and_in_a_later_window():
    text = "i think the game is unfair " * 20
    as_target = thread(window_of("fox", ["hi"], text))
    as_earlier = thread(window_of("fox", ["hi", text], "why"))
    assert as_target.messages[-1] == as_earlier.messages[-2]


def test_a_scenario_that_takes_too_much_is_refused():
    assert len(thread(window_of("fox " * 100, [], "why"), scenario_tokens=100).scenario) == 102
    with pytest.raises(InputError, match=r"scenario 'S' takes 101 tokens, .* at most 100"):
        thread(window_of("fox " * 101, [], "why"), scenario_tokens=100)

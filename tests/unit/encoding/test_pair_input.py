"""The paper's sequence pair: what is kept, what is dropped first, and what it says of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.domain.errors import InputError
from bot.encoding import render
from bot.encoding.encode import Encoder
from bot.encoding.inputs import PairInput
from bot.encoding.spec import Architecture
from tests.tiny_bundle import tokenizer_json
from tests.unit.encoding.windows_of import WINDOWS, encoder_of, window_of

TOKENIZER = Tokenizer.from_str(tokenizer_json())
CLS, SEP = TOKENIZER.token_to_id("[CLS]"), TOKENIZER.token_to_id("[SEP]")


def ids(text: str) -> tuple[int, ...]:
    return tuple(TOKENIZER.encode(text, add_special_tokens=False).ids)


def pair(window, /, **changes) -> PairInput:
    found = encoder_of(Architecture.PAIR, **changes).encode(window)
    assert isinstance(found, PairInput)
    return found


def segments(found: PairInput) -> tuple[tuple[int, ...], tuple[int, ...]]:
    end = found.ids.index(SEP)
    return found.ids[1:end], found.ids[end + 1 : -1]


@given(WINDOWS, st.integers(40, 96))
def test_it_fits_the_budget_and_is_built_as_bert_expects(window, budget):
    found = pair(window, max_tokens=budget)
    assert found.tokens == len(found.ids) == len(found.types) <= budget
    assert found.ids[0] == CLS
    assert found.ids[-1] == SEP
    first, second = segments(found)
    assert found.types == (0,) * (len(first) + 2) + (1,) * (len(second) + 1)


@given(WINDOWS, st.integers(40, 96))
def test_the_scenario_stays_whole(window, budget):
    first, _ = segments(pair(window, max_tokens=budget))
    whole = (*ids(render.SCENARIO), *ids(window.scenario.text))
    assert first[: len(whole)] == whole


@given(WINDOWS, st.integers(40, 96))
def test_what_is_kept_is_the_end_of_the_window_and_as_much_as_fits(window, budget):
    found = pair(window, max_tokens=budget)
    earlier = [m.text for m in window.messages[-8:]]
    first, second = segments(found)

    def first_of(count: int) -> tuple[int, ...]:
        kept = earlier[len(earlier) - count :]
        return ids(render.pair_text(window.scenario.text, kept, "")[0])

    assert first == first_of(found.window)
    if found.window < len(earlier):  # one more would not have fitted
        assert 3 + len(first_of(found.window + 1)) + len(second) > budget


@given(WINDOWS, st.integers(40, 96))
def test_the_comment_is_cut_only_when_no_window_is_left_and_it_says_so(window, budget):
    found = pair(window, max_tokens=budget)
    _, second = segments(found)
    whole = ids(render.pair_text("", [], window.target.text)[1])
    assert second == whole[: len(second)]
    assert found.cut == (len(second) < len(whole))
    if found.cut:
        assert found.window == 0
        assert found.tokens == budget


@given(WINDOWS)
def test_uncut_it_is_what_the_tokenizer_gives_for_the_rendered_texts(window):
    found = pair(window, max_tokens=512, window=12)
    earlier = [m.text for m in window.messages]
    assert found.window == len(earlier)
    assert not found.cut
    first, second = render.pair_text(window.scenario.text, earlier, window.target.text)
    assert found.ids == (CLS, *ids(first), SEP, *ids(second), SEP)


def test_the_oldest_comment_goes_first_and_the_rest_are_numbered_anew():
    long = window_of("fox", ["game " * 60, "kids", "wrong"], "why")
    first, second = segments(pair(long))
    assert first == ids("scenario: fox earlier comments: comment 1: kids comment 2: wrong")
    assert second == ids("latest comment: why")


def test_no_more_than_the_specs_window_is_read():
    window = window_of("fox", ["a", "b", "c"], "why")
    assert pair(window, window=2) == pair(window_of("fox", ["b", "c"], "why"))
    assert pair(window, window=0) == pair(window_of("fox", [], "why"))


def test_a_comment_of_exactly_the_room_is_whole_and_one_token_more_is_cut():
    room = 64 - 3 - len(ids("scenario: fox")) - len(ids(render.LATEST))
    fits, over = (pair(window_of("fox", [], "game " * n)) for n in (room, room + 1))
    assert (fits.tokens, fits.cut) == (64, False)
    assert (over.tokens, over.cut) == (64, True)
    assert fits.ids == over.ids


def test_a_scenario_that_takes_too_much_is_refused():
    pair(window_of("fox " * 24, [], "why"))
    with pytest.raises(InputError, match=r"scenario 'S' takes 25 tokens, .* at most 24; shorten"):
        pair(window_of("fox " * 25, [], "why"))


def test_the_tokenizers_own_truncation_and_padding_do_not_count():
    tokenizer = Tokenizer.from_str(tokenizer_json())
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=100)
    window = window_of("fox game", ["kids are wrong"], "why do they think so")
    spec = encoder_of(Architecture.PAIR).spec
    assert Encoder(tokenizer, spec).encode(window) == pair(window)
    assert tokenizer.truncation is not None  # the caller's stays as it was

"""The confusion of two coders: counts, shares of rows, and what is confused most."""

import json

import pytest
from tables_of_codes import from_text

from bot.domain.errors import InputError
from bot.reliability.confusion import Confused, confusion

RATINGS = from_text("aaabbc.", "abbba.c", "cccccc.")


def test_counts_are_of_the_units_that_both_coded():
    found = confusion(RATINGS, "coder 0", "coder 1")
    assert found.codes == ("c0", "c1", "c2")
    assert found.counts.tolist() == [[1, 2, 0], [1, 1, 0], [0, 0, 0]]
    assert found.n_units == 5
    assert confusion(RATINGS, "coder 1", "coder 0").counts.tolist() == found.counts.T.tolist()


def test_shares_are_of_rows_and_none_where_a_coder_never_gave_the_code():
    shares = confusion(RATINGS, "coder 0", "coder 1").row_shares()
    assert shares == ((1 / 3, 2 / 3, 0), (0.5, 0.5, 0), (None, None, None))


def test_the_most_confused_codes_come_first_both_directions_together():
    found = confusion(RATINGS, "coder 0", "coder 1").most_confused()
    assert found == (Confused("c0", "c1", 3, 0.6),)
    others = confusion(RATINGS, "coder 0", "coder 2")
    assert others.most_confused() == (Confused("c0", "c2", 3, 0.5), Confused("c1", "c2", 2, 2 / 6))
    assert others.most_confused(1) == (Confused("c0", "c2", 3, 0.5),)


def test_it_is_plain_values_for_json():
    found = json.loads(json.dumps(confusion(RATINGS, "coder 0", "coder 1").to_dict()))
    assert found["counts"][0] == [1, 2, 0]
    assert found["row_shares"][2] == [None, None, None]
    assert found["most_confused"] == [{"codes": ["c0", "c1"], "n": 3, "share": 0.6}]


def test_coders_who_share_no_unit_confuse_nothing():
    found = confusion(from_text("ab..", "..ab"), "coder 0", "coder 1")
    assert found.n_units == 0
    assert found.most_confused() == ()


def test_an_unknown_coder_is_a_sentence():
    with pytest.raises(InputError, match="no codes by coder 'Ann'; choose from 'coder 0'"):
        confusion(RATINGS, "Ann", "coder 1")

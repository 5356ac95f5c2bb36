"""The table of codes, and what is refused as one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables_of_codes import from_text, gappy, ratings_of

from bot.domain.errors import InputError
from bot.reliability.measure import measure
from bot.reliability.over_time import over_time, slices
from bot.reliability.ratings import Ratings

ROWS = [
    ("m1", "t1", "Ann", "yes"),
    ("m1", "t1", "Bob", "no"),
    ("m2", "t1", "Bob", "no"),
    ("m3", "t2", "Ann", "maybe"),
]


def test_rows_become_a_table_with_gaps():
    found = Ratings.of(ROWS)
    assert found.units == ("m1", "m2", "m3")
    assert found.groups == ("t1", "t1", "t2")
    assert (found.coders, found.codes) == (("Ann", "Bob"), ("maybe", "no", "yes"))
    assert found.table.tolist() == [[2, 1], [-1, 1], [0, -1]]
    assert found.pairable().tolist() == [True, False, False]


def test_coders_and_codes_stand_in_the_order_given():
    found = Ratings.of(ROWS, coders=["Bob", "Eve", "Ann"], codes=["yes", "no", "maybe", "never"])
    assert found.table.tolist() == [[1, -1, 0], [1, -1, -1], [-1, -1, 2]]
    assert found.size == 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("m", "t", "A", "x"), ("m", "u", "B", "x")], "in groups 't' and 'u'"),
        ([("m", "t", "A", "x"), ("m", "t", "A", "y")], "codes unit 'm' twice"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        Ratings.of(rows)


def test_parts_that_do_not_fit_are_refused():
    table = np.zeros((1, 2), dtype=np.int16)
    Ratings(("u",), ("g",), ("A", "B"), ("x",), table)
    for units, groups, coders, codes, codings in (
        ((), ("g",), ("A", "B"), ("x",), table),
        (("u",), (), ("A", "B"), ("x",), table),
        (("u",), ("g",), ("A", "A"), ("x",), table),
        (("u",), ("g",), ("A", "B"), ("x", "x"), table),
        (("u",), ("g",), ("A", "B"), (), table),
        (("u",), ("g",), ("A", "B"), ("x",), table - 2),
        (("u",), ("g",), ("A", "B"), ("x",), table.astype(np.int64)),
    ):
        with pytest.raises(ValueError, match=r"table|groups|twice"):
            Ratings(units, groups, coders, codes, codings)
    with pytest.raises(ValueError, match="not among those given"):
        Ratings.of(ROWS, codes=["yes"])


def test_some_coders_and_some_units():
    found = Ratings.of(ROWS).only(["Bob"]).of_units([True, False, True])
    assert (found.units, found.groups, found.coders) == (("m1", "m3"), ("t1", "t2"), ("Bob",))
    assert found.codes == ("maybe", "no", "yes")
    assert found.table.tolist() == [[1], [-1]]
    with pytest.raises(InputError, match="no codes by coder 'Eve'; choose from 'Ann', 'Bob'"):
        Ratings.of(ROWS).only(["Eve"])
    with pytest.raises(ValueError, match="mask"):
        found.of_units([True])


@given(gappy(units=40), st.integers(1, 15))
def test_slices_are_consecutive_and_nothing_is_lost(ratings, of):
    found = slices(ratings, of)
    assert sum((part.units for part in found), ()) == (ratings.units if found else ())
    sizes = [int(part.pairable().sum()) for part in found]
    assert sum(sizes) == ratings.pairable().sum()
    assert all(size == of for size in sizes[:-1])
    if len(sizes) > 1:
        assert of / 2 <= sizes[-1] < of * 3 / 2


def test_agreement_over_time_is_that_of_each_slice():
    ratings = from_text("abababababab", "abababbbbaba")
    found = over_time(ratings, 6, resamples=20)
    assert [(part.first, part.last) for part in found] == [("u0", "u5"), ("u6", "u11")]
    values = [part.reliability.overall["percent_agreement"].value for part in found]
    assert values == [1, pytest.approx(1 / 6)]
    assert found[1].to_dict()["n_units"] == 6
    again = measure(ratings.of_units(np.arange(12) >= 6), resamples=20)
    assert found[1].reliability == again


def test_slices_of_nothing_are_refused_and_none_of_uncoded_units():
    with pytest.raises(ValueError, match="slices of 0"):
        slices(ratings_of([[0, 1]]), 0)
    assert slices(ratings_of([[0, -1]]), 5) == ()

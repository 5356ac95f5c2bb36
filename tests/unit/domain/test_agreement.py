"""Percent agreement and Cohen's kappa against scikit-learn and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agreement import Agreement, agreement

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)


@given(PAIRS)
def test_kappa_and_percent_equal_scikit_learns(pairs):
    metrics = pytest.importorskip("sklearn.metrics")
    first, second = zip(*pairs, strict=True)
    found = agreement(first, second)
    assert found.n == len(pairs)
    assert found.percent == pytest.approx(metrics.accuracy_score(first, second))
    if len({*first, *second}) > 1:  # else scikit-learn warns and gives not-a-number
        assert found.kappa == pytest.approx(metrics.cohen_kappa_score(first, second))


def test_the_textbook_example():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: po .7, pe .5, kappa .4
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    found = agreement(first, second)
    assert (found.n, found.percent) == (50, pytest.approx(0.7))
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_undefined_where_both_gave_one_code_throughout():
    assert agreement(["a"] * 7, ["a"] * 7) == Agreement(7, 1.0, None)


def test_no_messages_give_no_figures():
    assert agreement([], []) == Agreement(0, None, None)


def test_lists_of_other_messages_are_refused():
    with pytest.raises(ValueError, match="2 codes by one coder, 1 by the other"):
        agreement(["a", "b"], ["a"])

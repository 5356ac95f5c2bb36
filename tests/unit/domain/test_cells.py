"""Cells that a spreadsheet would run as a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cells import neutralise, restore

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
CELLS = st.one_of(
    st.text(),
    st.builds("".join, st.tuples(st.sampled_from(["", "'", "''"]), st.sampled_from(STARTS))),
)


@given(CELLS)
def test_every_text_comes_back_as_it_was(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


@given(CELLS)
def test_no_text_that_leaves_opens_a_formula(cell: str) -> None:
    assert neutralise(cell)[:1] not in set(STARTS)


@pytest.mark.parametrize("start", STARTS)
def test_each_dangerous_opening_gets_an_apostrophe(start: str) -> None:
    assert neutralise(f"{start}1+1") == f"'{start}1+1"


def test_an_apostrophe_before_a_formula_is_told_from_ours() -> None:
    assert neutralise("'=1+1") == "''=1+1"
    assert restore("'=1+1") == "=1+1"


@pytest.mark.parametrize("cell", ["", "ok", "'quoted'", "a=b", " -", "1-2", "don't"])
def test_harmless_texts_stay_as_they_are(cell: str) -> None:
    assert neutralise(cell) == cell
    assert restore(cell) == cell

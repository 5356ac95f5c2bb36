from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.staff.texts import clip, last_lines, lines, milliseconds, percent, quoted, size

TEXTS = st.text(max_size=300)


@given(TEXTS, st.integers(2, 120))
def test_a_cut_text_fits_in_utf16_and_is_never_empty(text: str, limit: int) -> None:
    cut = clip(text, limit)
    assert cut
    assert len(cut.encode("utf-16-le", "surrogatepass")) // 2 <= limit


def test_what_fits_is_left_as_it_is_and_what_is_cut_is_marked() -> None:
    assert clip("abcde", 5) == "abcde"
    assert clip("abcdef", 5) == "abcd…"
    assert size("👍") == 2
    assert clip("👍👍👍", 5) == "👍👍…"


@given(TEXTS, st.integers(2, 120))
def test_a_quoted_text_is_one_line_and_fits(text: str, limit: int) -> None:
    shown = quoted(text, limit)
    assert size(shown) <= limit
    assert "\n" not in shown


def test_markdown_shows_as_it_was_written() -> None:
    assert quoted("**loud** _soft_ `x`", 100) == r"\*\*loud\*\* \_soft\_ \`x\`"


@given(st.lists(TEXTS, max_size=40), st.integers(60, 1024))
def test_lines_fit_whatever_they_hold(given_lines: list[str], limit: int) -> None:
    assert 0 < size(lines(given_lines, limit)) <= limit
    assert 0 < size(last_lines(given_lines, limit)) <= limit


def test_lines_say_how_many_are_left_out() -> None:
    ten = [f"line {n}" for n in range(10)]
    assert lines(ten, 200) == "\n".join(ten)
    first = lines(ten, 60).splitlines()
    assert first[0] == "line 0"
    assert first[-1] == f"*and {10 - len(first) + 1} more*"
    last = last_lines(ten, 60).splitlines()
    assert last[-1] == "line 9"
    assert last[0] == f"*{10 - len(last) + 1} earlier ones*"


def test_numbers_as_people_read_them() -> None:
    assert percent(0.826) == "83 %"
    assert percent(None) == "-"
    assert milliseconds(41.4) == "41 ms"
    assert milliseconds(61_000) == "61.0 s"
    assert milliseconds(None) == "-"

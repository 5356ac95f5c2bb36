from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import Code
from bot.gateway.staff.meant import code_meant, key_of, matching
from bot.gateway.staff.texts import size

BOOK = (
    Code("AGR", "Agreement"),
    Code("Reason", "Gives a reason"),
    Code("Ask", "Asks for agreement"),
    Code("x" * 150, "Long"),
    Code("x" * 151, "Longer"),
)


def test_what_has_been_typed_matches_code_and_title_the_nearest_first() -> None:
    assert [c.code for c in matching(BOOK, "ag")] == ["AGR", "Ask"]
    assert [c.code for c in matching(BOOK, "AGREE")] == ["AGR", "Ask"]
    assert [c.code for c in matching(BOOK, "as")] == ["Ask", "Reason"]
    assert [c.code for c in matching(BOOK, " reason ")] == ["Reason"]
    assert matching(BOOK, "zz") == []


def test_at_most_25_and_all_in_order_before_anything_is_typed() -> None:
    many = [Code(f"C{n:02}", f"Title {n}") for n in range(60)]
    assert [c.code for c in matching(many, "")] == [f"C{n:02}" for n in range(25)]
    assert [c.code for c in matching(many, "title 59")] == ["C59"]


def test_a_code_is_meant_by_itself_its_choice_or_its_title() -> None:
    for code in BOOK:
        assert code_meant(key_of(code.code), BOOK) == code.code
    assert code_meant(" agr ", BOOK) == "AGR"
    assert code_meant("gives a REASON", BOOK) == "Reason"
    assert code_meant("nothing", BOOK) == "nothing"


@given(st.text(min_size=1, max_size=400))
def test_any_code_fits_into_a_choice(code: str) -> None:
    assert 0 < size(key_of(code)) <= 100

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook
from bot.gateway.staff.texts import size
from bot.gateway.views.pages import codebook_pages

TEXTS = st.text(max_size=100) | st.just("x" * 5000) | st.just("👍`*_" * 700)
CODES = st.builds(Code, TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=5).map(tuple))
BOOKS = st.builds(
    Codebook,
    id=TEXTS,
    title=TEXTS,
    version=TEXTS,
    codes=st.lists(CODES, min_size=1, max_size=40).map(tuple),
    description=TEXTS,
)


@given(BOOKS)
def test_any_codebook_has_pages_that_discord_takes(book: Codebook) -> None:
    pages = codebook_pages(book)
    assert pages
    assert all(0 < size(page) <= 4096 for page in pages)


def test_every_code_stands_on_one_page_in_its_order() -> None:
    codes = tuple(Code(f"C{n:03}", f"Title {n}", "word " * 40, ("one", "two")) for n in range(90))
    pages = codebook_pages(Codebook("b", "Book", "1", codes))
    assert len(pages) > 3
    joined = "\n\n".join(pages)
    places = [joined.index(f"**C{n:03}**: Title {n}") for n in range(90)]
    assert places == sorted(places)
    assert "- two" in pages[-1]

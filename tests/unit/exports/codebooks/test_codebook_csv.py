"""The codebook's CSV form reads back to the same codes, whatever they look like."""

import pytest

from bot.domain.codebook import Code, Codebook, load_codebook
from bot.domain.errors import InputError
from exports.codebooks.codebook_csv import write_codebook_csv


def test_the_codes_come_back_equal(tmp_path):
    codes = (
        Code("=SUM", 'A "sum", quoted', "One\ntwo", ("no, thanks", "yes")),
        Code("DH-1", "DH-1"),
        Code("UC", "none", uncoded=True),
    )
    path = tmp_path / "book.csv"
    write_codebook_csv(Codebook("book", "Book", "3", codes), path)
    assert load_codebook(path).codes == codes


def test_an_example_that_csv_cannot_hold_is_refused(tmp_path):
    book = Codebook("book", "Book", "1", (Code("A", "A", examples=("a|b",)),))
    with pytest.raises(InputError, match=r"code 'A' has a \| in it.*write the codebook as \.toml"):
        write_codebook_csv(book, tmp_path / "book.csv")
    assert list(tmp_path.iterdir()) == []

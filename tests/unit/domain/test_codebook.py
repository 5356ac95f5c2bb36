"""The codebook: read from TOML or CSV, hashed over every word, refused in one sentence."""

from dataclasses import replace

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import (
    Code,
    Codebook,
    codebook_from_codes,
    codebook_from_csv,
    codebook_from_dict,
    codebook_from_toml,
    codebook_to_dict,
    load_codebook,
)
from bot.domain.errors import InputError

BOOK = Codebook(
    "ethics",
    "Ethics",
    "2",
    (
        Code("SR", "Supportive remark", "Says that it was right", ("fine by me", "ok")),
        Code("OT", "Off track", "About something near"),
        Code("UC", "Uncoded", uncoded=True),
    ),
    "for the marketing study",
)


def with_code(**changes: object) -> Codebook:
    return replace(BOOK, codes=(replace(BOOK.codes[0], **changes), *BOOK.codes[1:]))


CHANGES = {
    "id": replace(BOOK, id="other"),
    "title": replace(BOOK, title="Ethics."),
    "version": replace(BOOK, version="3"),
    "description": replace(BOOK, description=""),
    "order": replace(BOOK, codes=BOOK.codes[::-1]),
    "one code less": replace(BOOK, codes=BOOK.codes[:2]),
    "code": with_code(code="SX"),
    "code title": with_code(title="Supportive"),
    "definition": with_code(definition="Says that it was not right"),
    "example": with_code(examples=("fine by me", "okay")),
    "examples joined": with_code(examples=("fine by me ok",)),
    "uncoded": with_code(uncoded=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_hash_changes_with_every_word(change):
    assert CHANGES[change].hash != BOOK.hash


def test_no_two_changes_share_a_hash():
    assert len({book.hash for book in CHANGES.values()}) == len(CHANGES)


def test_the_hash_is_the_same_in_every_process():
    assert Codebook("a", "A", "1", (Code("X", "é"),)).hash == (
        "0591ac6d53d426dd08a7eb09515d519b7310cb3983d85dcd9cbfcc789a102eeb"
    )


# TOML is written with line ends of its own, and loading strips: texts here need neither.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1
)


@given(
    st.builds(
        Codebook,
        WORDS,
        WORDS,
        WORDS,
        st.lists(
            st.builds(Code, WORDS, WORDS, WORDS, st.lists(WORDS).map(tuple), st.booleans()),
            min_size=1,
            unique_by=lambda c: c.code,
        ).map(tuple),
        WORDS,
    )
)
def test_the_plain_form_and_toml_read_back_to_an_equal_codebook(book):
    plain = codebook_to_dict(book)
    assert codebook_from_dict(plain) == book
    assert codebook_from_toml(tomli_w.dumps(plain)) == book


def test_csv_reads_quoted_cells_of_several_lines_and_splits_examples():
    text = 'code,title,definition,examples\nA,,"one,\ntwo",ok | fine|\nB,Bee,,\n'
    assert codebook_from_csv(text, "book").codes == (
        Code("A", "A", "one,\ntwo", ("ok", "fine")),
        Code("B", "Bee"),
    )


def test_csv_tells_which_codes_are_uncoded():
    cells = ("", "true", "yes", "1", "False", "no", "0", " TRUE ")
    rows = "".join(f"C{n},,{cell}\n" for n, cell in enumerate(cells))
    found = codebook_from_csv(f"code,title, uncoded\n{rows}", "book").codes
    assert [c.uncoded for c in found] == [False, True, True, True, False, False, False, True]


def test_csv_needs_no_more_than_code_and_title(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text("\ufefftitle,code\nBee,B\n", encoding="utf-8")
    assert load_codebook(path) == Codebook("small", "small", "1", (Code("B", "Bee"),))


def test_missing_titles_and_identities_are_filled_in():
    assert codebook_from_toml('[[codes]]\ncode = "A"') == Codebook(
        "codebook", "codebook", "1", (Code("A", "A"),)
    )


def test_labels_stand_in_codebook_order_and_only_where_present():
    assert BOOK.labels({"UC", "SR"}) == ("SR", "UC")
    assert BOOK.labels([]) == ()
    assert BOOK.labels({"not there"}) == ()


def test_codes_found_in_data_make_a_bare_codebook():
    assert codebook_from_codes(["B", "A", "B"], "data").codes == (Code("A", "A"), Code("B", "B"))
    with pytest.raises(InputError, match="data: the codebook has no codes"):
        codebook_from_codes([], "data")


TOML_REFUSED = {
    "codes = []": "the codebook has no codes; add",
    "": "the codebook has no codes",
    '[[codes]]\ncode = "A"\n[[codes]]\ncode = " A"': "code 'A' stands twice .as code number 1 and",
    '[[codes]]\ncode = "A"\n[[codes]]\ntitle = "B"': "code number 2 has no name",
    "codes = 3": "codes is not a list",
    'codes = ["A"]': "codes is not a list",
    "[[codes]\n": "not valid TOML .*line 1",
    "[[codes]]\ncode = 1": "code = 1 is not a text",
    'id = 3\n[[codes]]\ncode = "A"': "id = 3 is not a text",
    '[[codes]]\ncode = "A"\nexamples = "ok"': "examples = 'ok' is not a list of texts",
    '[[codes]]\ncode = "A"\nexamples = 3': "examples = 3 is not a list of texts",
    '[[codes]]\ncode = "A"\nexamples = [3]': r"examples = \[3\] is not a list of texts",
    '[[codes]]\ncode = "A"\nuncoded = "false"': "uncoded = 'false' is neither true nor false",
}


@pytest.mark.parametrize("text", TOML_REFUSED)
def test_bad_toml_is_refused_with_its_file(text):
    with pytest.raises(InputError, match=f"^book.toml: {TOML_REFUSED[text]}"):
        codebook_from_toml(text, "book.toml")


CSV_REFUSED = {
    "": "book.csv: the file is empty; export it again",
    "code,name\nA,B\n": "book.csv:1: the header lacks title",
    "kode,name\nA,B\n": "book.csv:1: the header lacks code and title",
    "code,title\n": "book.csv: the codebook has no codes",
    'code,title\n"A","a\nb"\n\nB,\nA,b\n': r"book.csv:6: code 'A' stands twice \(first in line 2\)",
    "code,title\nA,a\n,b\n": "book.csv:3: code number 2 has no name",
    "code,title,colour,size\nA,a,red,3\n": "book.csv:1: column 'colour', 'size' is not known",
    "code,title,\nA,a,\n": "book.csv:1: column '' is not known",
    "code,title,uncoded\nA,a,no\nB,b,maybe\n": "book.csv:3: uncoded 'maybe' is neither true nor",
    "code,title,definition\nA,a,one\nB,b,one, two\n": "book.csv:3: a row has more cells",
    'code,title\nA,"a"b\n': "book.csv:2: not readable as CSV",
}


@pytest.mark.parametrize("text", CSV_REFUSED)
def test_bad_csv_is_refused_with_file_and_line(text):
    with pytest.raises(InputError, match=f"^{CSV_REFUSED[text]}"):
        codebook_from_csv(text, "book", "book.csv")


def test_a_missing_file_a_folder_and_another_encoding_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: there is no such file; check the path\.$"):
        load_codebook(tmp_path / "none.toml")
    with pytest.raises(InputError, match="this is a folder"):
        load_codebook(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes('id = "a"\ntitle = "Ä"'.encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.toml:2: byte 0xc4 is not UTF-8"):
        load_codebook(path)

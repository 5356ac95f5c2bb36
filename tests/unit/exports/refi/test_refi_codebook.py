"""A codebook goes out as .qdc and comes back equal; other programs' codebooks are read."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from bot.domain.codebook import Code
from bot.domain.errors import InputError
from exports.refi.codebook import qdc_text, read_qdc, write_qdc
from exports.refi.colours import colour
from exports.refi.names import CODEBOOK
from exports.refi.ours import is_our_codebook
from tests.unit.exports.refi.studies import BOOK, studies

ATLAS = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<CodeBook origin="ATLAS.ti" xmlns="urn:QDA-XML:codebook:1.0">
<Codes><Code guid="1FF58B12-6F6F-4B0C-8BE5-BBDC91F55294" name="Doubt" isCodable="true">
<Description>title of what they doubt: the price</Description></Code></Codes>
<Sets><Set name="group" guid="ECA18D76-2B8B-4F26-BC1D-19ECA19FB3F0">
<Description>a group</Description></Set></Sets></CodeBook>"""


@given(studies())
@settings(max_examples=40, deadline=None)
def test_any_codebook_comes_back(study):
    book = study[0].codebook
    with tempfile.TemporaryDirectory() as folder:
        write_qdc(book, Path(folder) / "book.qdc")
        assert read_qdc(Path(folder) / "book.qdc") == book


def test_the_file_is_what_the_standard_says(tmp_path):
    write_qdc(BOOK, tmp_path / "book.qdc")
    root = etree.parse(tmp_path / "book.qdc").getroot()
    assert root.tag == f"{{{CODEBOOK}}}CodeBook"
    assert [e.tag.removeprefix(f"{{{CODEBOOK}}}") for e in root] == ["Codes", "Sets"]
    first = root[0][0]
    assert (first.get("name"), first.get("isCodable"), first.get("color")) == (
        *("=SUM", "true"),
        "#0072B2",
    )
    assert [m.get("guid") for m in root[1][0][1:]] == [c.get("guid") for c in root[0]]
    assert is_our_codebook(tmp_path / "book.qdc")
    assert qdc_text(BOOK) == qdc_text(BOOK)


def test_another_programs_codebook_is_read_by_names_and_comments(tmp_path):
    path = tmp_path / "theirs.qdc"
    path.write_text(ATLAS, encoding="utf-8")
    book = read_qdc(path)
    assert (book.id, book.codes) == (
        "theirs",
        (Code("Doubt", "Doubt", "title of what they doubt: the price"),),
    )
    assert not is_our_codebook(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<Project/>", "begins with <CodeBook>, this file with <Project>; export the codebook"),
        ("<CodeBook><Codes/></CodeBook>", "the codebook has no codes"),
        ("<CodeBook><Codes><Code name='a'/></Codes></CodeBook>", r"qdc:1: <Code>: it has no guid"),
        ("<CodeBook>", "not well-formed XML"),
        ("<!DOCTYPE a><CodeBook/>", "document type declaration"),
        ("", "not well-formed XML"),
    ],
)
def test_what_is_no_codebook_is_refused(tmp_path, text, words):
    path = tmp_path / "book.qdc"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_qdc(path)


def test_the_first_35_colours_are_distinct():
    assert len({colour(n) for n in range(35)}) == 35
    assert colour(35) == colour(0)

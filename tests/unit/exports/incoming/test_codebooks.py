import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from exports.codebooks.codebook_toml import codebook_text
from exports.incoming.codebooks import codebook_from_bytes, read_codebook
from exports.refi.codebook import write_qdc

BOOK = Codebook("talk", "Talk", "2", (Code("=SUM", "Sum", "a, b"), Code("DH-1", "Eins", "é")))


def test_every_form_of_codebook(tmp_path):
    write_qdc(BOOK, tmp_path / "book.qdc")
    (tmp_path / "book.toml").write_text(codebook_text(BOOK), encoding="utf-8")
    for name in ("book.qdc", "book.toml"):
        assert read_codebook(tmp_path / name) == BOOK
        assert codebook_from_bytes(name, (tmp_path / name).read_bytes()) == BOOK


@pytest.mark.parametrize(
    "text",
    [
        'tag,description\r\n=SUM,"a, b"\r\nclaim.for,\r\n',
        'tag,description,number of highlights\r\n=SUM,"a, b",7\r\nclaim.for,,0\r\n',
        'tag,parent,description,number of highlights\n=SUM,,"a, b",7\nclaim.for,claim,,0\n',
        '\ufeff"Tag","Description"\n"=SUM","a, b"\n"claim.for",""\n',
    ],
)
def test_taguettes_codebooks_of_every_version(tmp_path, text):
    path = tmp_path / "codes.csv"
    path.write_text(text, encoding="utf-8")
    book = read_codebook(path)
    assert (book.id, book.title) == ("codes", "codes")
    assert book.codes == (Code("=SUM", "=SUM", "a, b"), Code("claim.for", "claim.for"))


def test_our_own_csv_is_not_taken_for_taguettes(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("code,title\nA,Agree\n", encoding="utf-8")
    assert read_codebook(path).codes == (Code("A", "Agree"),)


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"tag,description\n", ["has no codes"]),
        (b"tag,description\na,\na,\n", ["'a' stands twice"]),
        (b"tag,description\n,x\n", ["code number 1 has no name"]),
        (b"tag,code,title\na,b,c\n", [":1: ", "column 'tag' is not known"]),
        (b"tag,description\na,\xff\n", [":2: ", "is not UTF-8"]),
        (b"tag,description\na\x01,x\n", [":2: ", "U+0001"]),
        (b'tag,description\n"a,x\n', [":2: ", "not readable as CSV"]),
        (b"PK\x03\x04", ["this is an archive"]),
        (
            b'<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<a/>',
            ["document type"],
        ),
        (b"<a/>", ["a codebook begins with <CodeBook>"]),
        (b"<CodeBook/>", ["no codes"]),
        (b"", ["; "]),
    ],
)
def test_a_broken_codebook_is_refused(tmp_path, data, parts):
    path = tmp_path / "codes.csv"
    path.write_bytes(data)
    for read in (lambda: read_codebook(path), lambda: codebook_from_bytes("codes.csv", data)):
        with pytest.raises(InputError) as refused:
            read()
        for part in ("codes.csv", *parts):
            assert part in str(refused.value)


def test_a_codebook_as_large_as_no_codebook_is(tmp_path):
    path = tmp_path / "codes.toml"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(InputError, match=r"codes.toml: the file is larger than 10 MB"):
        read_codebook(path)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InputError
from exports.incoming.safe_xml import parse_xml
from tests.unit.exports.incoming.test_safe_zip import refusal


def test_xml_without_remarks():
    root = parse_xml(
        '<?xml version="1.0"?><!-- a --><a><?b c?><!-- d --><e>é</e></a>'.encode(), "x"
    )
    assert [(child.tag, child.text) for child in root] == [("e", "é")]
    assert parse_xml("<a>é</a>".encode("utf-16"), "x").text == "é"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]>\n<a b="&l9;">&l9;</a>',
    "another file": '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n<a>&f;</a>',
    "the network": '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd">\n<a/>',
    "a parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>\n<a/>',
    "nothing": "<!DOCTYPE a>\n<a/>",
}


@pytest.mark.parametrize("text", XML.values(), ids=XML)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused_before_they_are_read(text, encoding):
    with pytest.raises(InputError, match=r"^q.xml:2: it has a document type declaration"):
        parse_xml(f"\n{text}".encode(encoding), "q.xml")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a>&b;</a>",
        b"<a>\xff</a>",
        b"<a>" * 1000 + b"</a>" * 1000,
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="none"?><a/>',
        b"\x00" * 20,
    ],
)
def test_what_is_no_xml(data):
    with pytest.raises(InputError, match=r"^q.xml:"):
        parse_xml(data, "q.xml")


@given(st.binary(max_size=200) | st.text(alphabet="<>!&;[]?/ab\" '=-", max_size=60).map(str.encode))
def test_anything_is_xml_or_refused(data):
    told = refusal(lambda: parse_xml(data, "q.xml"))
    assert told is None or told.startswith("q.xml")

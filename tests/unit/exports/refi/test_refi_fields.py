"""Descriptions read back exactly, and nothing else is taken for one of ours."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.refi.fields import fields_text, parse_fields
from exports.refi.guids import Guids, _named
from exports.refi.plain import escape, label, shown, unescape, visible

KEYS = ("title", "definition", "sent at")
# Surrogates, too: they cannot be written, and must not stop an export.
ANY = st.text(st.characters(exclude_categories=[]))


@given(st.lists(st.tuples(st.sampled_from(KEYS), ANY), min_size=1))
def test_fields_come_back(fields):
    text = fields_text(fields)
    assert text == visible(text)
    assert "\r" not in text
    assert parse_fields(text, KEYS) == tuple(fields)


@pytest.mark.parametrize(
    "text", ["", None, "Agrees.", "other: x", "title: a\nloose line", "  title: a", "title: \\q"]
)
def test_other_texts_are_not_fields(text):
    assert parse_fields(text, KEYS) is None


@given(ANY)
def test_escaping_is_undone(text):
    assert unescape(escape(text)) == text


@given(ANY)
def test_what_is_shown_keeps_its_places(text):
    one_newline = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(shown(text)) == len(one_newline)
    assert all(a in (b, "\ufffd") for a, b in zip(shown(text), one_newline, strict=True))


def test_a_name_stays_on_one_line():
    assert label("\ufeffa\r\nb\u2028c") == "\ufffda b c"


@given(st.uuids(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_guid_is_the_standards_uuid_of_its_name(space, name):
    assert _named(space.bytes, name) == uuid.uuid5(space, name)


def test_guids_follow_from_owner_kind_and_names_alone():
    one = Guids("a")
    assert one.of("code", "x", "yz") == Guids("a").of("code", "x", "yz")
    others = [
        one.of("code", "xy", "z"),
        one.of("user", "x", "yz"),
        Guids("b").of("code", "x", "yz"),
    ]
    assert len({one.of("code", "x", "yz"), *others}) == 4
    assert one.of("code", "\ud800")

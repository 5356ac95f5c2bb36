"""A project is valid, and other programs find every coder, code and offset in it."""

import asyncio
import tempfile
import zipfile
from pathlib import Path

import pytest
import qdapy.qdpx
from hypothesis import HealthCheck, given, settings
from lxml import etree

from bot.domain.coding import latest
from exports.counted import Counted
from exports.refi.names import PROJECT
from exports.refi.ours import is_our_project
from exports.refi.plain import shown
from exports.refi.project import write_qdpx
from exports.writing import WritingError
from tests.unit.exports.refi.readers import pyqdpx, schema
from tests.unit.exports.refi.studies import (
    ABOUT,
    MODELS,
    PEOPLE,
    coding,
    discussion,
    everything,
    message,
    stream,
    studies,
)

NS = {"q": PROJECT}
VERSIONS = [f"{name} (model, version {print_[:12]})" for name, print_ in MODELS]


def written(path, about, *discussions):
    return asyncio.run(write_qdpx(stream(*discussions), about, path))


def project(path):
    with zipfile.ZipFile(path) as archive:
        root = etree.fromstring(archive.read("project.qde"))
        texts = {n: archive.read(n).decode() for n in archive.namelist() if n != "project.qde"}
    return root, texts


def expected(discussions):
    """Return (thread, round, message, coder, code) of each coder's last decision that stands."""
    return {
        (d.discussion.key, m.id, c.coder, c.code)
        for d in discussions
        for m in d.discussion.messages
        for c in latest(d.codings.get(m.id, ())).values()
    }


@pytest.fixture
def path(tmp_path):
    written(tmp_path / "study.qdpx", ABOUT, *everything())
    return tmp_path / "study.qdpx"


@given(studies())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_study_is_valid_and_each_selection_covers_its_words(study):
    about, discussions = study
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder) / "a.qdpx", about, *discussions)
        root, texts = project(Path(folder) / "a.qdpx")
    assert schema().validate(root), schema().error_log
    for source, coded in zip(root.find("q:Sources", NS), discussions, strict=True):
        text = texts["sources/" + source.get("plainTextPath").removeprefix("internal://")]
        selections = source.findall("q:PlainTextSelection", NS)
        described = [s for s in selections if s.find("q:Description", NS) is not None]
        assert len(described) == len(coded.discussion.messages)
        for selection, said in zip(described, coded.discussion.messages, strict=True):
            words = text[int(selection.get("startPosition")) : int(selection.get("endPosition"))]
            gone = "[deleted]" if said.id in coded.deleted else "[no text]"
            assert words == (shown(said.text) or gone)


def test_the_archive_is_what_the_standard_says(path):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names[-1] == "project.qde"
    assert all(n.startswith("sources/") and n.endswith(".txt") for n in names[:-1])
    root, texts = project(path)
    schema().assertValid(root)
    assert root.tag == f"{{{PROJECT}}}Project"
    assert [etree.QName(e).localname for e in root] == [
        *("Users", "CodeBook", "Variables", "Cases", "Sources", "Notes", "Links", "Description")
    ]
    assert not any(t.startswith("\ufeff") or "\r" in t for t in texts.values())
    assert len({e.get("guid") for e in root.iter() if e.get("guid")}) == len(
        [e for e in root.iter() if e.get("guid")]
    )
    guids = {e.get("guid") for e in root.iter()}
    for attribute in ("targetGUID", "originGUID", "creatingUser"):
        assert {e.get(attribute) for e in root.iter() if e.get(attribute)} <= guids


def test_every_coder_is_a_user_and_models_tell_their_version(path):
    root, _ = project(path)
    assert [u.get("name") for u in root.iterfind("q:Users/q:User", NS)] == [*PEOPLE, *VERSIONS]


def test_speakers_are_cases_with_all_that_they_said(path):
    root, _ = project(path)
    cases = {
        c.get("name"): [r.get("targetGUID") for r in c.iterfind("q:SelectionRef", NS)]
        for c in root.iterfind("q:Cases/q:Case", NS)
    }
    names = {s.get("guid"): s.get("name") for s in root.iter(f"{{{PROJECT}}}PlainTextSelection")}
    assert {n: [names[g] for g in said] for n, said in cases.items()} == {
        "P1 (g/1)": ["m1", "m7", "m10", "m13", "r1"],
        "P2 (g/1)": ["m2", "m5", "m8", "m11"],
        "P0 (g/1)": ["m3", "m6", "m9", "m12"],
        'a "b", c (g/1)': ["m4"],
        "P0": ["r3"],  # through Discord: one person in the whole study
        "P1 (g_1)": ["x1"],
    }


def test_notes_replies_and_rules_stand_at_their_messages(path):
    root, _ = project(path)
    at = {n.get("guid"): n for n in root.iterfind("q:Notes/q:Note", NS)}
    notes = {
        (s.get("name"), at[r.get("targetGUID")].findtext("q:PlainTextContent", "", NS))
        for s in root.iter(f"{{{PROJECT}}}PlainTextSelection")
        for r in s.iter(f"{{{PROJECT}}}NoteRef")
    }
    assert notes == {("m1", "second\nthought \ufffd"), ("m2", "what a fox")}
    names = {s.get("guid"): s.get("name") for s in root.iter(f"{{{PROJECT}}}PlainTextSelection")}
    link = root.find("q:Links/q:Link", NS)
    assert (names[link.get("originGUID")], names[link.get("targetGUID")]) == ("m4", "m2")
    told = {}
    for selection in root.iter(f"{{{PROJECT}}}PlainTextSelection"):
        told.setdefault(selection.get("name"), selection.findtext("q:Description", "", NS))
    assert "verified: DH-1 (reviewed by ann)" in told["m1"]
    assert "unit: m1" in told["m2"]
    assert "edge case: ann" in told["m3"]


def test_qdapy_reads_every_coding_with_coder_and_words(path):
    found = qdapy.qdpx.read_qdpx(path, warn=False)
    messages = {m.id: m for d in everything() for m in d.discussion.messages}
    deleted = {i for d in everything() for i in d.deleted}
    got = sorted((row.codedBy, row.code, row.text) for row in found.fragments.itertuples())
    called = dict(zip(dict(MODELS), VERSIONS, strict=True))
    assert got == sorted(
        (
            called.get(coder, coder),
            code,
            shown(messages[i].text) or ("[deleted]" if i in deleted else "[no text]"),
        )
        for _, i, coder, code in expected(everything())
    )
    assert found.coders == sorted([*PEOPLE, *VERSIONS])
    coded = {i for _, i, _, _ in expected(everything())}
    assert len(found.uncoded) == len(set(messages) - coded)


def test_pyqdpx_reads_every_coding_with_coder_and_words(path, capsys):
    opened = pyqdpx().QDPX(str(path))
    qde = opened.get_project()
    called = dict(zip(dict(MODELS), VERSIONS, strict=True))
    got = set()
    for source in qde.sources.values():
        text = opened.get_source(source.guid)
        for selection in source.coded_selections.values():
            words = text[selection.start : selection.end]
            got.add((selection.user.name, selection.code.name, words))
    messages = {m.id: m for d in everything() for m in d.discussion.messages}
    deleted = {i for d in everything() for i in d.deleted}
    assert got == {
        (
            called.get(coder, coder),
            code,
            shown(messages[i].text) or ("[deleted]" if i in deleted else "[no text]"),
        )
        for _, i, coder, code in expected(everything())
    }
    count = sum(len(s.coded_selections) for s in qde.sources.values())
    assert count == len(expected(everything()))


def test_what_was_written_is_counted_and_withdrawals_are_not_there(tmp_path):
    counted = written(tmp_path / "a.qdpx", ABOUT, *everything())
    messages = sum(len(d.discussion.messages) for d in everything())
    coded = {i for _, i, _, _ in expected(everything())}
    assert counted == Counted(messages, len(expected(everything())), messages - len(coded))


def test_the_same_data_gives_the_same_bytes_in_whatever_order_people_coded(tmp_path):
    for name, codings in (("a", ["ann", "starter"]), ("b", ["starter", "ann"])):
        talk = discussion([message("hi")], [coding("m1", coder, "CR") for coder in codings])
        written(tmp_path / name, ABOUT, talk)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_sources_have_names_that_are_file_names_and_their_own(path):
    root, _ = project(path)
    assert [s.get("name") for s in root.find("q:Sources", NS)] == [
        "g_1, fox",
        "g_1, fox, round 2",
        "g_1, fox (2)",
    ]


def test_a_study_without_messages_is_valid_too(tmp_path):
    written(tmp_path / "a.qdpx", ABOUT)
    root, texts = project(tmp_path / "a.qdpx")
    schema().assertValid(root)
    assert not texts


def test_a_reader_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    async def failing():
        yield discussion([message("hi")])
        raise RuntimeError("the database went away")

    path = tmp_path / "a.qdpx"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="went away"):
        asyncio.run(write_qdpx(failing(), ABOUT, path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(WritingError, match="the disk is full"):
        written(tmp_path / "a.qdpx", ABOUT, discussion([message("hi")]))


def test_our_own_file_is_known_and_no_other(path, tmp_path):
    assert is_our_project(path)
    other = tmp_path / "other.qdpx"
    other.write_bytes(b"PK nothing")
    assert not is_our_project(other)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("project.qde", '<Project xmlns="urn:QDA-XML:project:1.0" origin="NVivo"/>')
    assert not is_our_project(other)

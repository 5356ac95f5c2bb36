"""What is broken is refused in one sentence with file, place and remedy."""

import asyncio
import zipfile

import pytest

from bot.domain.errors import InputError
from exports.refi.project import write_qdpx
from exports.refi.reader import read_qdpx
from tests.unit.exports.refi.studies import ABOUT, coding, discussion, message, stream
from tests.unit.exports.refi.test_refi_other_programs import (
    ANN,
    SUB,
    YES,
    guid,
    project,
    selection,
    source,
)

TEXT = {"sources/a.txt": "P1: one\nP2: two"}
CODE = f'<Code guid="{YES}" name="Yes" isCodable="true">'


def book(inner):
    return f"<CodeBook><Codes>{inner}</Codes></CodeBook>"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"sources": source(selection(1, 0, 99))},
            "endPosition '99' is not in .* text, which has 15 characters; export the project again",
        ),
        ({"sources": source(selection(1, -1, 2))}, "startPosition '-1' is not in"),
        ({"sources": source(selection(1, "9" * 5000, 2))}, "startPosition '9999"),
        ({"sources": source(selection(1, "x", 2))}, "startPosition 'x' is not in"),
        ({"sources": source(selection(1, 5, 2))}, r"it ends \(2\) before it starts \(5\)"),
        (
            {"sources": source(selection(1, 0, 2, code=guid(3)))},
            "the codebook has no code with",
        ),
        (
            {"sources": source(selection(1, 0, 2, user=guid(3)))},
            "the project has no user with",
        ),
        ({"sources": source(selection(1, 0, 2) * 2)}, "guid .* is that of line"),
        ({"sources": source() * 2}, "guid .* stands twice"),
        ({"sources": "<TextSource/>"}, "<TextSource>: it has no guid"),
        (
            {"sources": source(path=' plainTextPath="internal://b.txt"')},
            "is missing in the project",
        ),
        (
            {"sources": source(path=' plainTextPath="internal://../../etc/passwd"')},
            "leads out of the project; do not open it",
        ),
        ({"sources": source(path="")}, "no text source of the project holds any text"),
        ({"sources": source(), "files": {"sources/a.txt": b"\xff\xfa\xfb"}}, "is not UTF-8"),
        ({"sources": source(), "files": {"sources/a.txt": "a\x00b"}}, r"control character U\+0000"),
        ({"sources": source(), "codebook": book(CODE + CODE + "</Code></Code>")}, "is a circle"),
        (
            {"sources": source(), "codebook": book((CODE + "</Code>") * 2)},
            "guid .* of code 'Yes' is that of line",
        ),
        (
            {
                "sources": source(),
                "codebook": book(CODE + f'</Code><Code guid="{SUB}" name="Yes"/>'),
            },
            "'Yes' stands twice",
        ),
        ({"sources": source(), "codebook": book(f'<Code guid="{YES}"/>')}, "it has no name"),
        (
            {"sources": source(), "codebook": book(f'<Code guid="{YES}" name="No"')},
            "not well-formed",
        ),
    ],
)
def test_a_broken_project_is_refused_with_its_line(tmp_path, changes, words):
    path = project(tmp_path / "p.qdpx", **({"files": TEXT} | changes))
    with pytest.raises(InputError, match=words) as refused:
        read_qdpx(path)
    assert "p.qdpx/project.qde" in str(refused.value) or "p.qdpx/sources/a.txt" in str(
        refused.value
    )


def test_the_line_is_that_of_the_element(tmp_path):
    path = project(tmp_path / "p.qdpx", "\n\n" + source("\n" + selection(1, 0, 99)), TEXT)
    with pytest.raises(InputError, match=r"p\.qdpx/project\.qde:12: <PlainTextSelection>"):
        read_qdpx(path)


def test_entities_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.qdpx", "w") as archive:
        archive.writestr(
            "project.qde",
            '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Project name="&x;"/>',
        )
    with pytest.raises(InputError, match=r"project\.qde:1: it has a document type declaration"):
        read_qdpx(tmp_path / "p.qdpx")


def test_a_zip_bomb_a_broken_zip_and_another_archive_are_refused(tmp_path):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", b" " * 20_000_000)
    with pytest.raises(InputError, match="a zip bomb"):
        read_qdpx(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InputError, match="not a sound zip archive"):
        read_qdpx(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    with pytest.raises(InputError, match=r"there is no project\.qde in it; export the project"):
        read_qdpx(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_qdpx(tmp_path / "nowhere.qdpx")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sequence: 2", "sequence: 1", "sequence 1 is that of line"),
        ("sequence: 1", "sequence: 9", "sequence starts at 2"),
        ("sequence: 2", "sequence: -2", "sequence '-2' is not a whole number"),
        ("message: m2", "message: m1", "message 'm1' is that of line"),
        ("provenance: import", "provenance: hearsay", "'hearsay' is not a valid Provenance"),
        ("speaker: P2\n", "", "its description has no speaker"),
        ("sent at: 2024-06", "sent at: 2024-16", "its description cannot be read"),
        ("round: 1", "round: one", "round 'one' is not a whole number"),
    ],
)
def test_our_own_file_that_was_meddled_with_is_refused(tmp_path, old, new, words):
    talk = discussion([message("a"), message("b", 2)], [coding("m1", "ann", "CR")])
    asyncio.run(write_qdpx(stream(talk), ABOUT, tmp_path / "a.qdpx"))
    with (
        zipfile.ZipFile(tmp_path / "a.qdpx") as before,
        zipfile.ZipFile(tmp_path / "b.qdpx", "w") as after,
    ):
        for name in before.namelist():
            data = before.read(name).decode()
            assert name != "project.qde" or old in data
            after.writestr(name, data.replace(old, new))
    with pytest.raises(InputError, match=words):
        read_qdpx(tmp_path / "b.qdpx")


def test_a_project_of_one_user_need_not_name_them(tmp_path):
    unsigned = selection(1, 4, 7).replace(f'creatingUser="{ANN}" ', "")
    path = project(tmp_path / "p.qdpx", source(unsigned), TEXT)
    found = read_qdpx(path).transcript.codes["Talks/Group A/none/1/1"]
    assert found == {"unknown": "Yes"}

"""Projects as NVivo, ATLAS.ti, MAXQDA and QualCoder write them."""

import re
import zipfile

import pytest

from bot.domain.discussion import NO_SCENARIO
from exports.refi.reader import read_qdpx

ANN, BOB = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2))
YES, NO, SUB = (f"1000000{n}-0000-4000-8000-00000000000a" for n in (1, 2, 3))


def guid(n):
    return f"20000000-0000-4000-8000-{n:012d}"


CODEBOOK = f"""<CodeBook><Codes>
<Code guid="{YES}" name="Yes" isCodable="true"><Description>Agrees.</Description></Code>
<Code guid="{NO}" name="No" isCodable="false">
<Code guid="{{{SUB.upper()}}}" name="Never" isCodable="true"/></Code>
</Codes></CodeBook>"""


def selection(n, start, end, code=YES, user=ANN, at="2024-01-01T00:00:00Z"):
    return (
        f'<PlainTextSelection guid="{guid(n)}" name="s" startPosition="{start}" '
        f'endPosition="{end}"><Coding guid="{guid(n + 500)}" creatingUser="{user}" '
        f'creationDateTime="{at}"><CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>'
    )


def source(inner="", path=' plainTextPath="internal://a.txt"', name="Group A", n=900):
    return f'<TextSource guid="{guid(n)}" name="{name}"{path}>{inner}</TextSource>'


def project(path, sources, files=None, origin="QualCoder", codebook=CODEBOOK, extra=""):
    xml = f"""<?xml version="1.0" encoding="utf-8"?>
<Project name="Talks" origin="{origin}" xmlns="urn:QDA-XML:project:1.0">
<Users><User guid="{ANN}" name="Ann"/><User guid="{BOB}" name="Ann"/></Users>
{codebook}
<Sources>{sources}</Sources>{extra}
</Project>"""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", xml)
        for name, data in (files or {}).items():
            archive.writestr(name, data)
    return path


def read(tmp_path, sources, text="P1: one\nP2: two\n\nP1: three\n", name="Sources/a.txt", **more):
    data = text.encode() if isinstance(text, str) else text
    return read_qdpx(project(tmp_path / "p.qdpx", sources, {name: data}, **more))


def test_paragraphs_with_names_are_messages_by_speakers(tmp_path):
    found = read(tmp_path, source(selection(1, 4, 7) + selection(2, 12, 15, SUB, BOB)))
    transcript = found.transcript
    assert [(m.sequence, m.speaker, m.text) for m in transcript.messages] == [
        (1, "P1", "one"),
        (2, "P2", "two"),
        (3, "P1", "three"),
    ]
    assert {m.id for m in transcript.messages} == {f"Talks/Group A/none/1/{n}" for n in (1, 2, 3)}
    assert transcript.discussions[0].scenario.id == NO_SCENARIO
    assert list(transcript.codes.values()) == [{"Ann": "Yes"}, {"Ann (2)": "Never"}, {}]
    assert (transcript.dataset, transcript.notes) == ("Talks", ())
    # What cannot be given is no code; a tree becomes a list.
    assert [(c.code, c.definition) for c in found.codebook.codes] == [
        ("Yes", "Agrees."),
        ("Never", ""),
    ]


def test_paragraphs_without_names_are_messages_by_nobody_known(tmp_path):
    found = read(tmp_path, source(), "P1: one\nand two").transcript
    assert [(m.speaker, m.text) for m in found.messages] == [
        ("unknown", "P1: one"),
        ("unknown", "and two"),
    ]
    assert found.notes[-1].startswith("1 source without names of speakers")


def test_a_coding_over_several_messages_is_one_of_each_and_the_longest_counts(tmp_path):
    both = selection(1, 0, 15) + selection(2, 0, 3, SUB)
    found = read(tmp_path, source(both)).transcript
    assert list(found.codes.values()) == [{"Ann": "Yes"}, {"Ann": "Yes"}, {}]
    assert found.notes == (
        (
            "1 further code was left out: of a coder's codes on one message the one that covers "
            "most of it is taken"
        ),
    )


def test_of_codings_that_cover_as_much_the_later_counts(tmp_path):
    late = selection(1, 4, 7, SUB, at="2024-01-02T00:00:00Z") + selection(2, 4, 7)
    assert read(tmp_path, source(late)).transcript.codes["Talks/Group A/none/1/1"] == {
        "Ann": "Never"
    }


@pytest.mark.parametrize(
    ("origin", "newline", "start"),
    [("NVivo", "\r\n", 4 + 3 + 2 + 4), ("ATLAS.ti", "\r\n", 4 + 2 + 1 + 4), ("MAXQDA", "\n", 11)],
)
def test_positions_are_counted_as_the_program_counts(tmp_path, origin, newline, start):
    # NVivo: UTF-16 units, ATLAS.ti: one for a line end of two, else code points.
    text = f"P1: 🦊!{newline}P2: b{newline}P3: c"
    found = read(tmp_path, source(selection(1, start, start + 1)), text, origin=origin).transcript
    assert [bool(c) for c in found.codes.values()] == [False, True, False]


def test_text_inside_a_mark_at_its_beginning_and_utf_16(tmp_path):
    inside = "<PlainTextContent>P1: in\nP2: side</PlainTextContent>" + selection(1, 0, 4)
    found = read(tmp_path, source(inside, path="")).transcript
    assert [m.text for m in found.messages] == ["in", "side"]
    marked = b"\xef\xbb\xbfP1: a"
    found = read(tmp_path, source(selection(1, 4, 5)), marked).transcript
    assert list(found.codes.values()) == [{"Ann": "Yes"}]
    found = read(tmp_path, source(), "P1: ü".encode("utf-16")).transcript
    assert [m.text for m in found.messages] == ["ü"]


def test_what_is_no_text_is_told(tmp_path):
    sources = (
        source(f'<Coding guid="{guid(77)}"><CodeRef targetGUID="{YES}"/></Coding>')
        + f'<PictureSource guid="{guid(7)}"><PictureSelection guid="{guid(9)}">'
        f'<Coding guid="{guid(78)}"><CodeRef targetGUID="{YES}"/></Coding>'
        f'</PictureSelection></PictureSource><AudioSource guid="{guid(8)}"/>'
        + source(path=' plainTextPath="absolute:///home/ann/b.txt"', n=901)
        + source(path=' plainTextPath="relative:///b.txt"', n=902)
    )
    assert read(tmp_path, sources).transcript.notes == (
        "1 coding was left out: on no message's text",
        "1 coding was left out: on a whole source",
        "1 source was left out: AudioSource",
        "1 source was left out: PictureSource",
        "2 sources were left out: text outside of the project",
    )


def test_what_a_transcript_has_no_place_for_is_told(tmp_path):
    more = (
        f'<Cases><Case guid="{guid(1)}"/></Cases><Links><Link guid="{guid(2)}"/></Links>'
        f'<Sets><Set guid="{guid(3)}"/><Set guid="{guid(4)}"/></Sets>'
    )
    path = project(tmp_path / "p.qdpx", source(), {"Sources/a.txt": b"P1: one\n"})
    with zipfile.ZipFile(path) as archive:
        qde = archive.read("project.qde").decode().replace("</Project>", f"{more}</Project>")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", qde)
        archive.writestr("Sources/a.txt", b"P1: one\n")
    assert read_qdpx(path).transcript.notes == tuple(
        f"{what} left out: a transcript holds codes alone"
        for what in ("1 case was", "1 link was", "2 sets were")
    )


def test_selections_and_codings_need_no_guid(tmp_path):
    bare = re.sub(' guid="[^"]*"', "", selection(1, 4, 7) + selection(2, 12, 15))
    found = read(tmp_path, source(bare)).transcript
    assert list(found.codes.values()) == [{"Ann": "Yes"}, {"Ann": "Yes"}, {}]


def test_two_sources_of_one_name_are_two_threads(tmp_path):
    found = read(tmp_path, source() + source(n=901)).transcript
    assert found.threads == ("Group A", "Group A (2)")


def test_names_that_stand_twice_in_the_tree_become_paths(tmp_path):
    tree = f"""<CodeBook><Codes>
<Code guid="{YES}" name="Good" isCodable="true"><Code guid="{SUB}" name="Price" isCodable="true"/>
</Code><Code guid="{NO}" name="Bad" isCodable="true">
<Code guid="{guid(1)}" name="Price" isCodable="true"/></Code></Codes></CodeBook>"""
    found = read(tmp_path, source(selection(2, 4, 7, guid(1))), codebook=tree)
    assert [c.code for c in found.codebook.codes] == ["Good", "Good/Price", "Bad", "Bad/Price"]
    assert found.transcript.codes["Talks/Group A/none/1/1"] == {"Ann": "Bad/Price"}


def test_a_folder_that_was_given_as_a_code_is_one(tmp_path):
    found = read(tmp_path, source(selection(2, 4, 7, NO)))
    assert [c.code for c in found.codebook.codes] == ["Yes", "No", "Never"]


def test_a_project_without_codes_is_a_transcript(tmp_path):
    found = read(tmp_path, source(), codebook="")
    assert found.codebook is None
    assert len(found.transcript.messages) == 3

"""The one door: what a file is is told by its content; what cannot be read is refused."""

import json
import os
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS
from bot.domain.transcript import Transcript
from exports.import_layout import layout_text
from exports.incoming.codebooks import codebook_from_bytes
from exports.incoming.files import FORMS, door, read_incoming
from tests.unit.exports.incoming.chats import chat, reply, said

LINE = {
    "study": "talk",
    "thread_id": "g1",
    "scenario_id": "s",
    "scenario": "Fair?",
    "sequence": 1,
    "message_id": "m1",
    "speaker": "P1",
    "comment": "hi",
    "codings": [{"coder": "ann", "kind": "human", "code": "A", "act": "coded"}],
}
SAID = (Message("t/g1/s/1", "g1", "s", 1, "P1", None, "hi 🦊"),)
LAYOUT = layout_text(
    Transcript(
        "t", (Discussion("g1", Scenario("s", "s", "Fair?"), SAID),), {"t/g1/s/1": {"ann": "A"}}
    )
)
SOUND = {
    "the import layout (CSV)": LAYOUT,
    "the paper's columns (Comment, label, Sequence-#, Scenario-#)": (
        "Comment,label,Sequence-#,Scenario-#\nhi,A,1,1\nho,,2,1\n"
    ),
    "Intercoder's JSON lines": json.dumps(LINE) + "\n",
    "DiscordChatExporter JSON": json.dumps(
        chat(said(1, "ada", "hi @Zoë 🦊", mentions=["zoe"]), reply(2, "zoe", "ho", 1)), indent=1
    ),
}
SOUND_BYTES = {form: text.encode() for form, text in SOUND.items()}


@pytest.mark.parametrize("name", ["talk.csv", "talk.json", "talk", "talk.qdpx"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("form", SOUND)
def test_a_form_is_told_by_its_content_whatever_the_name(tmp_path, form, start, name):
    path = tmp_path / name
    path.write_text(start + SOUND[form], encoding="utf-8")
    found = read_incoming(path)
    assert found.form == form
    assert found.form in FORMS
    assert found.transcript.messages


@pytest.mark.parametrize(
    "text",
    [
        "hello\n",
        "a,b\n1,2\n",
        "[]",
        "{}",
        '{"a": 1}\n{"a": 2}\n',
        '"text"',
        "7",
        '{"messages": []}',
    ],
)
def test_an_unknown_form_is_told_with_those_that_are_known(tmp_path, text):
    path = tmp_path / "x"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_incoming(path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{path}:")
    if "not valid JSON" not in sentence:
        for form in FORMS:
            assert form in sentence


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"tag,description\na,\n", "this is a codebook, not talk; give a codebook with --codebook"),
        (b"code,title\nA,A\n", "this is a codebook, not talk"),
        (b'# ours\n\nid = "a"\n[[codes]]\ncode = "A"\n', "this is a codebook, not talk"),
        (b"dataset,session,thread_id,message_id,verified_code,code_ann\n", "in the wide layout"),
        (b"$FL2@(#) SPSS DATA FILE\0\xff", "this is an SPSS file"),
        (b"PAR1\0\xff", "this is a Parquet file"),
        (b"<CodeBook/>", "this is XML: a codebook, or a part of a project, not talk"),
        (b"title,text\na,b\n", "this is a list of scenarios, not talk; give it with --scenarios"),
        (b"Comment;label;Sequence-#\na;b;c\n", "the cells are separated by semicolons"),
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (LAYOUT.encode("utf-16"), ":1: byte 0xff is not UTF-8"),
        (b"comment,label,sequence,scenario\nh\xe9,A,1,1\n", ":2: byte 0xe9 is not UTF-8"),
        (SOUND_BYTES["DiscordChatExporter JSON"][:-40], "not valid JSON"),
        (b"PK\x03\x04 and nothing more", "not a sound zip archive"),
        (f"{','.join(COLUMNS[:-1])}\n".encode(), ":1: column coder is missing"),
    ],
)
def test_what_else_it_is_is_said(tmp_path, data, part):
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read_incoming(path)
    assert part in str(refused.value)


def test_an_excel_workbook_and_another_archive(tmp_path):
    for name, part in (("xl/workbook.xml", "save the sheet as CSV"), ("a", "no project.qde")):
        with zipfile.ZipFile(tmp_path / "x.qdpx", "w") as archive:
            archive.writestr(name, "")
        with pytest.raises(InputError, match=part):
            read_incoming(tmp_path / "x.qdpx")


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for name, part in {
        ".": "this is a folder; name the file in it",
        "nothing": "there is no such file",
        "pipe": "this is a pipe or a device, not a file; write it to a file first",
        "a": "the file cannot be read",
        "\x00": "the file cannot be read",
        "x" * 5_000: "the file cannot be read",
    }.items():
        with pytest.raises(InputError, match=part):
            read_incoming(tmp_path / name)
    with pytest.raises(InputError, match="this is a pipe"):
        read_incoming(tmp_path.__class__("/dev/zero"))


@pytest.mark.parametrize(
    "start", ['Comment,label,Sequence-#,Scenario-#\n"', '{"study": "', "PK\x03\x04"]
)
def test_a_field_of_two_gigabytes_is_refused_unread(tmp_path, start):
    path = tmp_path / "x"
    with path.open("w") as file:
        file.write(start)
        file.truncate(2_000_000_000)  # takes no room on the disk
    with pytest.raises(InputError, match=r"x: the file is larger than 500 MB; split it"):
        read_incoming(path)


def test_scenarios_go_only_with_files_that_lack_them(tmp_path):
    listed = tmp_path / "scenarios.csv"
    listed.write_text("title,text\nToys,Fair?\n", encoding="utf-8")
    for form, text in SOUND.items():
        path = tmp_path / "x"
        path.write_text(text, encoding="utf-8")
        read = door(listed).incoming
        if form in FORMS[1::2]:
            assert read(path, None).form == form
        else:
            with pytest.raises(InputError, match="leave --scenarios out"):
                read(path, None)


def test_a_code_that_the_codebook_lacks_is_told_in_every_form(tmp_path):
    book = Codebook("b", "b", "1", (Code("B", "B"),))
    for form in FORMS[:3]:
        path = tmp_path / "x"
        path.write_text(SOUND[form], encoding="utf-8")
        with pytest.raises(
            InputError, match=r"x:\d: code 'A' is not in codebook 'b'; use one of B"
        ):
            door().incoming(path, book)


def refusal(read):
    """Return the sentence that `read` is refused with, or None."""
    try:
        read()
    except InputError as error:
        return str(error)
    return None


def read_or_refused(folder, data):
    path = folder / "x"
    path.write_bytes(data)
    for read in (lambda: read_incoming(path), lambda: codebook_from_bytes("x", data)):
        told = refusal(read)
        assert told is None or told.startswith((str(path), "x")), told


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*LINE, *chat(), "id", "author", "content", "mentions", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
CELLS = st.lists(
    st.lists(
        st.sampled_from(["Comment", "label", "label 2", "Sequence", "Scenario", "Group", *COLUMNS])
        | st.text(max_size=4)
        | st.integers(0, 3).map(str),
        max_size=6,
    ).map(",".join),
    max_size=6,
).map("\n".join)


@settings(max_examples=200)
@given(st.binary(max_size=100) | CELLS.map(lambda t: t.encode("utf-8", "surrogatepass")))
@example(b"tag\n")
def test_arbitrary_bytes_are_read_or_refused(tmp_path_factory, data):
    read_or_refused(tmp_path_factory.getbasetemp(), data)


@settings(max_examples=200)
@given(JSONS, st.data())
def test_arbitrary_json_is_read_or_refused(tmp_path_factory, value, data):
    if isinstance(value, dict) and data.draw(st.booleans()):
        whole = data.draw(st.sampled_from([LINE, chat(said(1, "ada", "hi"))]))
        value = whole | value
    read_or_refused(tmp_path_factory.getbasetemp(), json.dumps(value).encode())


@settings(max_examples=200)
@given(st.sampled_from(list(SOUND_BYTES.values())), st.data())
def test_sound_files_that_were_damaged_are_read_or_refused(tmp_path_factory, sound, data):
    raw = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["change", "cut", "twice"])):
            case "change":
                raw[at] = data.draw(st.integers(0, 255))
            case "cut":
                del raw[at : at + data.draw(st.integers(1, 40))]
            case "twice":
                raw[at:at] = raw[at : at + 40]
        if not raw:
            break
    read_or_refused(tmp_path_factory.getbasetemp(), bytes(raw))

"""Files of other programs that are broken or hostile: one sentence, nothing half imported."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.services import study as services
from bot.storage.connections import Connections
from tests.command_line import dump, intercoder, rows, write
from tests.unit.exports.incoming.chats import said, write_chat
from tests.unit.exports.incoming.test_own_jsonl import coding, line
from tests.unit.exports.incoming.test_safe_xml import LAUGHS

PAPER = "Comment,label,Sequence-#,Scenario-#\n"
QDE = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<Project name="talk" xmlns="urn:QDA-XML:project:1.0">\n'
    '<Users><User guid="11111111-1111-1111-1111-111111111111" name="ann"/></Users>\n'
    "<CodeBook><Codes>{codes}</Codes></CodeBook>\n"
    "<Sources>\n"
    '<TextSource guid="33333333-3333-3333-3333-333333333333" name="g1" '
    'plainTextPath="internal://33333333-3333-3333-3333-333333333333.txt">\n'
    '<PlainTextSelection guid="44444444-4444-4444-4444-444444444444" name="a" '
    'startPosition="{start}" endPosition="{end}">'
    '<Coding guid="55555555-5555-5555-5555-555555555555" '
    'creatingUser="11111111-1111-1111-1111-111111111111">'
    '<CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>\n'
    "</TextSource>\n</Sources>\n</Project>\n"
)
CODE = "22222222-2222-2222-2222-222222222222"
AG = f'<Code guid="{CODE}" name="AG" isCodable="true"/>'
CIRCLE = (
    f'<Code guid="{CODE}" name="AG" isCodable="true">\n'
    f'<Code guid="66666666-6666-6666-6666-666666666666" name="B" isCodable="true">\n'
    f'<Code guid="{CODE}" name="AG" isCodable="true"/></Code></Code>'
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """Return a database in which a study stands."""
    folder = tmp_path_factory.mktemp("filled")
    file = write(folder / "talk.csv", rows())
    assert intercoder("import", file, "--database", folder / "study.db").code == 0
    return folder / "study.db"


@pytest.fixture
def database(filled, tmp_path) -> Path:
    return shutil.copy(filled, tmp_path / "study.db")


def project(path: Path, qde: str | None = None, **places: object) -> Path:
    given = {"codes": AG, "start": 0, "end": 5, "code": CODE} | places
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", qde or QDE.format(**given))
        text = "hello\nfair?\n"
        archive.writestr("sources/33333333-3333-3333-3333-333333333333.txt", text)
    return path


def jsonl(path: Path, *lines: object) -> None:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in lines), encoding="utf-8")


def broken_zip(path: Path) -> None:
    path.write_bytes(project(path).read_bytes()[:-30])


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", b"0" * 20_000_000)


def external_entities(path: Path) -> None:
    project(path, '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><Project>&f;</Project>')


def billion_laughs(path: Path) -> None:
    project(path, f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><Project>&l9;</Project>')


def offsets_out_of_range(path: Path) -> None:
    project(path, start=3, end=4_000)


def a_code_that_is_not_there(path: Path) -> None:
    project(path, code="77777777-7777-7777-7777-777777777777")


def cyclic_codes(path: Path) -> None:
    project(path, codes=CIRCLE)


def two_gigabytes(path: Path) -> None:
    with path.open("w") as file:
        file.write(f'{PAPER}"')
        file.truncate(2_000_000_000)


def a_long_field(path: Path) -> None:
    path.write_text(f"{PAPER}hi,AG,1,1\n{'x' * 200_000},AG,2,1\n")


def deep_json(path: Path) -> None:
    path.write_text('{"guild": {}, "messages": ' + "[" * 200_000)


def not_a_number(path: Path) -> None:
    jsonl(path, line(1), line(2, sequence=float("nan")))


def a_message_twice(path: Path) -> None:
    write_chat(path, said(1, "ada", "a"), said(1, "ada", "b"))


def half_a_chat(path: Path) -> None:
    write_chat(path, said(1, "ada", "a"), said(2, "ada", "b"))
    path.write_bytes(path.read_bytes()[:-80])


def no_channel(path: Path) -> None:
    write_chat(path, said(1, "ada", "a"), channel=None)


def latin_1(path: Path) -> None:
    path.write_bytes(f"{PAPER}caf\u00e9,AG,1,1\n".encode("latin-1"))


def utf_16(path: Path) -> None:
    path.write_bytes(f"{PAPER}hi,AG,1,1\n".encode("utf-16"))


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def a_picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))


def a_letter(path: Path) -> None:
    path.write_text("Dear colleague,\nplease find attached\n")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def the_papers_last_row(path: Path) -> None:
    given = "".join(f"words {n},AG,{n},1\n" for n in range(1, 300))
    path.write_text(f"{PAPER}{given}oh,XYZ,300,1\n")


def the_last_line(path: Path) -> None:
    coded = [line(n, codings=[coding("ann", "AG")]) for n in range(1, 300)]
    jsonl(path, *coded, line(300, codings=[coding("bob", "XYZ")]))


def a_code_in_a_project(path: Path) -> None:
    project(path, codes=AG.replace("AG", "XYZ"))


BROKEN: list[tuple[Callable[[Path], None], tuple[str, ...]]] = [
    (broken_zip, ("not a sound zip archive", "save it again")),
    (zip_bomb, ("'project.qde' unpacks to more than 200 times", "a zip bomb", "new copy")),
    (external_entities, ("project.qde:1: ", "document type declaration", "remove it")),
    (billion_laughs, ("project.qde:1: ", "document type declaration", "remove it")),
    (offsets_out_of_range, ("project.qde:7: ", "'4000' is not in the source's text", "export")),
    (a_code_that_is_not_there, ("project.qde:7: ", "77777777")),
    (cyclic_codes, ("project.qde:6: ", "circle", "export it again")),
    (two_gigabytes, ("larger than 500 MB", "split it")),
    (a_long_field, (":3: ", "field larger than field limit", "check the quotes")),
    (deep_json, ("nested too deeply", "export it again")),
    (not_a_number, (":2: ", "NaN is no number", "export it again")),
    (a_message_twice, (":47: ", "'70001' is that of line 22", "an id of its own")),
    (half_a_chat, (":", "not valid JSON", "export it again")),
    (no_channel, ("channel is not an object", "export it again")),
    (latin_1, (":2: ", "0xe9 is not UTF-8", "save")),
    (utf_16, (":1: ", "0xff is not UTF-8", "save")),
    (nothing, ("the file is empty", "export it again")),
    (a_picture, ("cannot be told (it is no text)", "bring one of")),
    (a_letter, ("cannot be told", "bring one of", "DiscordChatExporter JSON", "REFI-QDA")),
    (a_folder, ("this is a folder", "name the file in it")),
    (a_pipe, ("this is a pipe", "write it to a file first")),
    (the_papers_last_row, (":301: ", "code 'XYZ' is not in codebook", "use one of AG, DIS")),
    (the_last_line, (":300: ", "code 'XYZ' is not in codebook", "use one of AG, DIS")),
    (a_code_in_a_project, ("code 'XYZ'", "is not in codebook", "use one of AG, DIS")),
]


@pytest.mark.parametrize(("spoil", "parts"), BROKEN, ids=lambda x: getattr(x, "__name__", ""))
def test_a_broken_file_is_refused_and_nothing_of_it_is_stored(tmp_path, database, spoil, parts):
    bad, before = tmp_path / "bad", dump(database)
    spoil(bad)
    ended = intercoder("import", bad, "--study", "talk", "--database", database)
    assert (ended.code, ended.out) == (2, ""), ended
    assert ended.err.count("\n") == 1
    assert ended.err.startswith(str(bad))
    for part in parts:
        assert part in ended.err
    assert "This is a fault of the program" not in ended.err
    assert dump(database) == before
    fresh = tmp_path / "new" / "study.db"
    book = tmp_path / "book.csv"
    book.write_text("code,title\nAG,Agree\nDIS,Disagree\n")
    assert intercoder("import", bad, "--codebook", book, "--database", fresh).code == 2
    assert not fresh.parent.exists()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tag,description\nAG,\nAG,\n", ("'AG' stands twice",)),
        ('<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><CodeBook/>', (":1: ", "DOCTYPE")),
        (
            f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{CIRCLE}</Codes></CodeBook>',
            (":3: ", "circle"),
        ),
        ("PK\x03\x04", ("this is an archive",)),
    ],
)
def test_a_broken_codebook_is_refused(tmp_path, database, text, parts):
    before, book = dump(database), tmp_path / "book"
    book.write_text(text, encoding="utf-8")
    file = write(tmp_path / "new.csv", rows())
    ended = intercoder("import", file, "--codebook", book, "--database", database)
    assert ended.code == 2
    assert ended.err.startswith(str(book))
    for part in parts:
        assert part in ended.err
    assert dump(database) == before


def without_times(database: Path) -> list[str]:
    """Return all that two imports of one file have in common: texts and codes, as exported."""
    out = database.with_suffix(".jsonl")
    command = ("export", "--format", "jsonl", "--out", out, "--force", "--database", database)
    assert intercoder(*command).code == 0
    read = [json.loads(one) for one in out.read_text("utf-8").split("\n") if one]
    for message in read:
        for one in message["codings"]:
            del one["at"]
    return [json.dumps(message, sort_keys=True) for message in read]


@pytest.mark.parametrize("where", ["messages", "codes"])
def test_an_import_that_was_cut_off_is_completed_by_the_same_command(tmp_path, monkeypatch, where):
    file = tmp_path / "talk.jsonl"
    jsonl(file, *(line(n, codings=[coding("ann", "AG")]) for n in range(1, 601)))
    whole, cut = tmp_path / "whole.db", tmp_path / "cut.db"
    assert intercoder("import", file, "--database", whole).code == 0

    class PowerCutError(BaseException):
        pass

    calls = 0
    if where == "codes":
        of_service = services._append

        async def failing(*arguments):
            nonlocal calls
            calls += 1
            if calls == 2:
                raise PowerCutError
            await of_service(*arguments)

        monkeypatch.setattr(services, "_append", failing)
    else:
        submit = Connections.submit

        def failing(self, *arguments):
            nonlocal calls
            calls += 1
            if calls == 300:
                raise PowerCutError
            return submit(self, *arguments)

        monkeypatch.setattr(Connections, "submit", failing)
    with pytest.raises(PowerCutError):
        intercoder("import", file, "--database", cut)
    monkeypatch.undo()
    part = without_times(cut)
    assert 0 < len(part) <= 600
    assert part != without_times(whole)
    ended = intercoder("import", file, "--database", cut)
    assert ended.code == 0, ended
    assert without_times(cut) == without_times(whole)

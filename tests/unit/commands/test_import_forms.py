"""`import` and `replay` take files of every form, and say as what they were read."""

import json

import pytest

from bot.domain.codebook import Code, Codebook
from bot.encoding.spec import Architecture
from exports.incoming.files import door
from exports.refi.codebook import write_qdc
from tests.command_line import dump, intercoder, rows, write
from tests.tiny import LABELS
from tests.unit.exports.incoming.chats import reply, said, write_chat
from training.data import load_source

PAPER = (
    "Comment,label,label 2,Sequence-#,Scenario-#\n"
    '"is it, fair?",Q,Q,1,1\n=1+1,AG,DIS,2,1\nso,,,3,1\nhm,OT,OT,1,2\n'
)
SCENARIOS = "title,text\nToys,A company sells toys. Fair?\nCars,A company sells cars. Fair?\n"


def exported(database, out):
    ended = intercoder("export", "--format", "jsonl", "--out", out, "--database", database)
    assert ended.code == 0, ended
    return [json.loads(one) for one in out.read_text("utf-8").split("\n") if one]


def people(message):
    return {c["coder"]: c["code"] for c in message["codings"] if c["kind"] == "human"}


@pytest.fixture
def paper(tmp_path):
    (tmp_path / "scenarios.csv").write_text(SCENARIOS)
    file = tmp_path / "haines.csv"
    file.write_text(PAPER)
    return file


def test_the_papers_columns_with_a_list_of_scenarios(tmp_path, paper):
    database = tmp_path / "study.db"
    command = ("import", paper, "--scenarios", tmp_path / "scenarios.csv", "--database", database)
    ended = intercoder(*command)
    assert ended.code == 0, ended
    assert f"{paper} was read as the paper's columns (Comment, label" in ended.out
    assert "Study 'haines', session 'import haines'" in ended.out
    assert "People's codes: 6 stored, 0 there already, 2 cells without a code" in ended.out
    found = exported(database, tmp_path / "out.jsonl")
    assert [(m["comment"], m["sequence"], m["scenario"], people(m)) for m in found] == [
        ("is it, fair?", 1, "A company sells toys. Fair?", {"coder 1": "Q", "coder 2": "Q"}),
        ("=1+1", 2, "A company sells toys. Fair?", {"coder 1": "AG", "coder 2": "DIS"}),
        ("so", 3, "A company sells toys. Fair?", {}),
        ("hm", 1, "A company sells cars. Fair?", {"coder 1": "OT", "coder 2": "OT"}),
    ]
    before = dump(database)
    assert "0 stored, 4 there already" in intercoder(*command).out
    assert dump(database)[-5:] == before[-5:]


def test_the_papers_columns_are_replayed_trained_on_and_judged(tmp_path, paper, tiny_bundle):
    bundle = tiny_bundle(Architecture.THREAD).path
    options = ("--scenarios", tmp_path / "scenarios.csv")
    database = tmp_path / "study.db"
    replay = ("replay", paper, "--bundle", bundle, "--database", database, *options)
    ended = intercoder(*replay)
    assert ended.code == 0, ended
    assert "4 coded in this run" in ended.out
    judged = intercoder("evaluate", bundle, paper, "--split", "all", *options)
    assert judged.code == 0, judged
    source = load_source(paper, door=door(tmp_path / "scenarios.csv"))
    assert [d.scenario.text for d in source.transcript.discussions][1].endswith("cars. Fair?")
    assert set(source.codebook.by_code) == {"AG", "DIS", "OT", "Q"}


def test_a_chat_of_discord_without_a_name_in_the_whole_database(tmp_path):
    chat = write_chat(
        tmp_path / "chat.json",
        said(1, "ada", "hi @Zoë 🦊", mentions=["zoe"]),
        reply(2, "zoe", "ho <@1002>", to=1),
    )
    database = tmp_path / "study.db"
    book = tmp_path / "book.csv"
    book.write_text("tag,description\nAG,agrees\nDIS,\n")
    ended = intercoder("import", chat, "--codebook", book, "--database", database)
    assert ended.code == 0, ended
    assert f"{chat} was read as DiscordChatExporter JSON." in ended.out
    assert "Study 'Ethics lab', session 'import Ethics lab', codebook 'book'" in ended.out
    first, second = exported(database, tmp_path / "out.jsonl")
    assert (first["comment"], first["speaker"], first["provenance"]) == ("hi @P2", "P1", "discord")
    assert (second["comment"], second["reply_to"]) == ("ho @P3", first["message_id"])
    told = "\n".join(dump(database) or [])
    for secret in ("1001", "1002", "1003", "ada_k", "Zoë", "Ada"):
        assert secret not in told
    assert "scenario_id" in json.dumps(second)


def test_an_export_as_jsonl_comes_back_and_leaves_the_same_again(tmp_path):
    chat = [r | {"coder": "bob"} for r in rows(1, 1)] + rows(1, 1)
    for first_row in (chat[0], chat[5]):
        first_row["comment"] = '=1+1, "ה\u2028" 👍🏽'
    first, second = tmp_path / "a.db", tmp_path / "b.db"
    coded = write(tmp_path / "talk.csv", chat)
    assert intercoder("import", coded, "--database", first).code == 0
    out = exported(first, tmp_path / "out.jsonl")
    ended = intercoder("import", tmp_path / "out.jsonl", "--database", second)
    assert ended.code == 0, ended
    assert "was read as Intercoder's JSON lines." in ended.out
    again = exported(second, tmp_path / "again.jsonl")
    for message in (*out, *again):
        for one in message["codings"]:
            del one["at"]  # when the import stored it
    assert again == out
    assert [people(m).keys() for m in out] == [{"ann", "bob"}] * 5


@pytest.mark.parametrize("form", ["jsonl", "csv", "qdpx"])
def test_replies_stay_links_in_a_round_trip(tmp_path, form):
    chat = write_chat(tmp_path / "chat.json", said(1, "ada", "fair?"), reply(2, "zoe", "no", to=1))
    first, second = tmp_path / "a.db", tmp_path / "b.db"
    book = tmp_path / "book.csv"
    book.write_text("code,title\nAG,Agree\n")
    assert intercoder("import", chat, "--codebook", book, "--database", first).code == 0
    out = tmp_path / f"out.{form}"
    ended = intercoder("export", "--format", form, "--out", out, "--database", first)
    assert ended.code == 0, ended
    ended = intercoder("import", out, "--codebook", book, "--database", second)
    assert ended.code == 0, ended
    before, after = exported(first, tmp_path / "a.jsonl"), exported(second, tmp_path / "b.jsonl")
    assert after[1]["reply_to"] == "70001"
    assert after == before


@pytest.mark.parametrize("name", ["book.qdc", "book.csv"])
def test_codebooks_of_other_programs(tmp_path, name):
    codes = tuple(Code(label, label, f"what {label} is") for label in LABELS)
    if name.endswith("qdc"):
        write_qdc(Codebook("book", "Book", "1", codes), tmp_path / name)
    else:
        lines = [f"{c.code},{c.definition},0\n" for c in codes]
        text = "".join(["tag,description,number of highlights\n", *lines])
        (tmp_path / name).write_text(text)
    database = tmp_path / "study.db"
    file = write(tmp_path / "talk.csv", rows())
    ended = intercoder("import", file, "--codebook", tmp_path / name, "--database", database)
    assert ended.code == 0, ended
    assert "codebook 'book'" in ended.out
    out = tmp_path / "out.toml"
    assert intercoder("export", "--codebook", "--out", out, "--database", database).code == 0
    assert "what AG is" in out.read_text("utf-8")


def test_scenarios_beside_a_file_that_has_them_are_refused(tmp_path, paper):
    file = write(tmp_path / "talk.csv", rows())
    database = tmp_path / "study.db"
    listed = tmp_path / "scenarios.csv"
    ended = intercoder("import", file, "--scenarios", listed, "--database", database)
    assert (ended.code, "leave --scenarios out" in ended.err) == (2, True), ended
    broken = intercoder("import", paper, "--scenarios", file, "--database", database)
    assert (broken.code, str(file) in broken.err) == (2, True), broken
    assert not database.exists()

"""The corpus is as ConvoKit's documentation describes its folder, and every reference holds."""

import json
import zipfile

from bot.domain.discussion import Provenance
from exports.records.convokit import write_convokit
from tests.unit.exports.coded import about, by_model, coded, message, stream
from tests.unit.exports.hard import ABOUT, PEOPLE, TEXTS, hard_study


async def corpus(path, *discussions, told=ABOUT):
    await write_convokit(stream(*discussions), told, path)
    with zipfile.ZipFile(path) as opened:
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        files = {
            name.split("/")[1]: opened.read(name).decode("ascii") for name in opened.namelist()
        }
        assert {name.split("/")[0] for name in opened.namelist()} == {told.study}
    lines = files.pop("utterances.jsonl").splitlines()
    return [json.loads(line) for line in lines], {n: json.loads(t) for n, t in files.items()}


async def test_a_corpus_has_its_five_files_and_every_reference_holds(tmp_path):
    utterances, files = await corpus(tmp_path / "o.zip", *hard_study())
    assert sorted(files) == ["conversations.json", "corpus.json", "index.json", "speakers.json"]
    assert [u["text"] for u in utterances] == [*TEXTS, "the end"]
    ids = {u["id"]: u for u in utterances}
    assert len(ids) == len(utterances)
    for u in utterances:
        assert set(u) == {
            *("id", "conversation_id", "text", "speaker", "meta", "reply-to", "timestamp"),
            "vectors",
        }
        assert u["speaker"] in files["speakers.json"]
        assert u["conversation_id"] in files["conversations.json"]
        root = ids[u["conversation_id"]]
        assert (u["reply-to"] is None) == (u is root), "one tree a conversation"
        if u is not root:
            assert ids[u["reply-to"]]["conversation_id"] == u["conversation_id"]
        assert set(u["meta"]) == set(files["index.json"]["utterances-index"])
    for name, part in (("speakers", "speakers"), ("conversations", "conversations")):
        for entry in files[f"{part}.json"].values():
            assert set(entry) == {"meta", "vectors"}
            assert set(entry["meta"]) == set(files["index.json"][f"{name}-index"])
    assert set(files["corpus.json"]) == set(files["index.json"]["overall-index"])
    assert files["index.json"]["version"] == 1
    assert (utterances[2]["reply-to"], utterances[2]["meta"]["replies_to"]) == ("g1/m1", "m1")
    assert (utterances[3]["reply-to"], utterances[3]["timestamp"]) == ("g1/m3", None)
    assert utterances[0]["meta"]["codes"][PEOPLE[1]] == "CR"
    assert utterances[0]["timestamp"] == hard_study()[0].discussion.messages[0].sent_at.timestamp()


async def test_a_pseudonym_from_a_file_is_a_persons_in_one_thread_only(tmp_path):
    own, other = (
        coded([message("a", thread_id=thread, provenance=Provenance.IMPORT)])
        for thread in ("g1", "g/2")
    )
    live = coded([message("b", id="x", thread_id="g3")], [by_model("x", confidence=None)])
    utterances, files = await corpus(tmp_path / "o.zip", own, other, live, told=about())
    assert list(files["speakers.json"]) == ["g1/P1", "g%2F2/P1", "P1"]
    assert [u["id"] for u in utterances] == ["g1/m1", "g%2F2/m1", "g3/x"]


async def test_an_answer_to_what_is_not_there_yet_follows_the_utterance_before(tmp_path):
    elsewhere = message("b", 2, reply_to="x9")
    later = message("c", 3, reply_to="m4")
    talk = coded([message("a", reply_to="m2"), elsewhere, later, message("d", 4)])
    utterances, _ = await corpus(tmp_path / "o.zip", talk, told=about())
    assert [u["reply-to"] for u in utterances] == [None, "g1/m1", "g1/m2", "g1/m3"]
    assert [u["meta"]["replies_to"] for u in utterances] == ["m2", "x9", "m4", None]


async def test_a_study_without_messages_is_an_empty_corpus(tmp_path):
    utterances, files = await corpus(tmp_path / "o.zip")
    assert (utterances, files["conversations.json"], files["speakers.json"]) == ([], {}, {})

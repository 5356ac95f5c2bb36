"""JSON lines: one whole object a message, and nothing changed in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import Act
from exports.counted import Counted
from exports.records.jsonl import _LINE_ENDS, write_jsonl
from tests.unit.exports.coded import about, by_model, by_person, coded, message, stream


async def test_an_object_a_message_with_all_its_codings(tmp_path):
    path = tmp_path / "out.jsonl"
    discussion = coded(
        [message("=no way"), message("ok", 2, sent_at=None)],
        [by_model("m1"), by_person("m1", act=Act.CORRECTED)],
        deleted=["m2"],
    )
    counted = await write_jsonl(stream(discussion), about(), path)
    assert counted == Counted(messages=2, codings=2, uncoded=1)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    shared = {
        "act": "coded",
        "at": "2024-06-03T12:00:00.250000+00:00",
        "cut": False,
        "note": None,
        "seen": None,
        "stands": True,
        "counts": True,
    }
    assert first == {
        "study": "study",
        "session": "pilot",
        "thread_id": "g1",
        "scenario_id": "fox",
        "scenario": "A maker of cereal offers a game. Ethical?",
        "round": 1,
        "sequence": 1,
        "message_id": "m1",
        "speaker": "P1",
        "sent_at": "2024-06-03T12:00:00.250000+00:00",
        "comment": "=no way",
        "reply_to": None,
        "provenance": "discord",
        "deleted": False,
        "codings": [
            {
                **shared,
                "coder": "starter@1a2b",
                "kind": "model",
                "code": "CA",
                "confidence": 0.812346,
                "runner_up": "CR",
                "runner_up_confidence": 0.125,
                "window_size": 3,
            },
            {
                **shared,
                "act": "corrected",
                "coder": "ann",
                "kind": "human",
                "code": "CR",
                "confidence": None,
                "runner_up": None,
                "runner_up_confidence": None,
                "window_size": None,
            },
        ],
        "verified_code": "CR",
        "verified_by": "reviewed",
        "unit_id": "m1",
        "unit_code": "CR",
        "assigned": [],
        "marks": [],
        "notes": [],
        "missing_before": 0,
    }
    assert (second["sent_at"], second["codings"], second["verified_code"]) == (None, [], None)
    assert second["deleted"] is True


async def test_keys_are_sorted_and_the_bytes_are_stable(tmp_path):
    for name in ("a", "b"):
        await write_jsonl(
            stream(coded([message("hi")], [by_model("m1")])), about(), tmp_path / name
        )
    line = (tmp_path / "a").read_bytes()
    assert line == (tmp_path / "b").read_bytes()
    assert list(json.loads(line)) == sorted(json.loads(line))


async def test_a_comment_with_any_line_end_stays_on_one_line(tmp_path):
    text = "a\nb\r\nc\u2028d\u2029e\x85f\x0bg"
    await write_jsonl(stream(coded([message(text)])), about(), tmp_path / "out")
    lines = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["comment"] for line in lines] == [text]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaping_line_ends_never_changes_a_text(text):
    escaped = json.dumps(text, ensure_ascii=False).translate(_LINE_ENDS)
    assert json.loads(escaped) == text
    assert len(escaped.splitlines()) <= 1

import json

import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError
from exports.incoming.files import read_incoming
from exports.incoming.own_jsonl import FORM


def line(sequence=1, /, **changes):
    given = {
        "study": "talk",
        "session": "monday",
        "thread_id": "g1",
        "scenario_id": "fox",
        "scenario": "=Fair?",
        "round": 1,
        "sequence": sequence,
        "message_id": f"m{sequence}",
        "speaker": "P1",
        "sent_at": "2024-05-31T12:02:07+00:00",
        "comment": f"words {sequence}",
        "reply_to": None,
        "provenance": "discord",
        "deleted": False,
        "codings": [],
        "verified_code": None,
    }
    return given | changes


def coding(coder, code, kind="human", act="coded", **changes):
    return {"coder": coder, "code": code, "kind": kind, "act": act, "stands": True, **changes}


def read(tmp_path, *lines, codebook=None):
    path = tmp_path / "talk.jsonl"
    texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    found = read_incoming(path, codebook)
    assert (found.form, found.codebook) == (FORM, None)
    return found.transcript


def test_messages_come_back_with_all_that_a_transcript_holds(tmp_path):
    words = "=1+1 \x1b \u2028 שלום 👩‍👩‍👧‍👦 \ud800"
    found = read(
        tmp_path,
        line(1, deleted=True, comment=words, codings=[coding("ann", "=SUM")]),
        line(2, reply_to="m1", sent_at=None),
        line(1, round=2, message_id="m3"),
    )
    assert found.dataset == "talk"
    assert [(d.key, d.scenario.text) for d in found.discussions] == [
        (("g1", "fox", 1), "=Fair?"),
        (("g1", "fox", 2), "=Fair?"),
    ]
    first, second, third = found.messages
    assert (first.text, second.reply_to, second.sent_at) == (words[:-1] + "\ufffd", "m1", None)
    assert (first.provenance, third.round, found.deleted) == (Provenance.DISCORD, 2, {"m1"})
    assert found.codes == {"m1": {"ann": "=SUM"}, "m2": {}, "m3": {}}
    assert found.lines == {"m1": 1, "m2": 2, "m3": 3}


def test_only_peoples_codes_that_stand_come_back_and_the_rest_is_counted(tmp_path):
    """As of a CSV: docs/exports.md."""
    codings = [
        coding("tiny@1", "OT", kind="model"),
        coding("ann", "AG"),
        coding("ann", "DIS", act="corrected"),
        coding("ann", "AG", act="withdrawn", stands=False),
        coding("bob", "Q"),
        coding("bob", "", act="withdrawn", stands=False),
        coding("cy", "Q", act="adjudicated"),
    ]
    found = read(tmp_path, line(codings=codings))
    assert found.codes == {"m1": {"ann": "AG", "cy": "Q"}}
    assert found.notes == (
        "1 coding by models was left out: only people's codes are taken",
        "2 decisions were taken back by their coders, and left out",
    )


def test_a_models_foreign_code_does_not_matter_but_a_persons_does(tmp_path):
    book = Codebook("b", "b", "1", (Code("AG", "AG"),))
    by_model = [coding("tiny", "ZZ", kind="model"), coding("ann", "AG")]
    assert read(tmp_path, line(codings=by_model), codebook=book).codes == {"m1": {"ann": "AG"}}
    with pytest.raises(InputError, match=r"talk.jsonl:2: code 'ZZ' is not in codebook 'b'; use"):
        read(tmp_path, line(1), line(2, codings=[coding("ann", "ZZ")]), codebook=book)


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        ([line(1), "{"], [":2: ", "not valid JSON", "column 2"]),
        ([line(1), "[]"], [":2: ", "the line is not an object"]),
        ([line(1), line(2) | {"round": float("nan")}], [":2: ", "NaN is no number"]),
        ([line(1), '{"study": ' + "[" * 100_000], [":2: ", "nested too deeply"]),
        ([line(1), '{"study": ' + "1" * 5_000 + "}"], [":2: ", "not valid JSON"]),
        ([line(1), line(2, sequence=10**30)], [":2: ", "not a whole number"]),
        ([line(1), line(2, sequence=1.5)], [":2: ", "sequence 1.5 is not a text"]),
        ([line(1), line(1)], [":2: ", "stands twice"]),
        ([line(1), line(2, message_id="m1")], [":2: ", "'m1' is that of line 1"]),
        ([line(1), line(2, study="other")], [":2: ", "'other' stands beside 'talk'"]),
        ([line(1), line(2, scenario="x")], [":2: ", "another text than in line 1"]),
        ([line(2)], [":1: ", "sequence starts at 2"]),
        ([line(1, codings=[coding("", "AG")])], [":1: ", "without a coder"]),
        ([line(1, codings=[coding("ann", "AG", kind=None)])], [":1: ", "coder_kind is empty"]),
        ([line(1, codings=[coding("ann", "AG", act="guessed")])], [":1: ", "'guessed'"]),
        ([line(1, codings={})], [":1: ", "codings is not a list"]),
        ([line(1, codings=[1])], [":1: ", "codings is not a list of objects"]),
        ([line(1, speaker="P\n1")], [":1: ", "speaker holds the character U+000A"]),
        ([line(1, thread_id="\ud800")], [":1: ", "thread_id holds the character U+D800"]),
        ([line(1, speaker=None)], [":1: ", "speaker is empty"]),
        ([{k: v for k, v in line(1).items() if k != "codings"}], [":1: ", "codings is missing"]),
    ],
)
def test_what_is_broken_is_refused_with_its_line(tmp_path, lines, parts):
    with pytest.raises(InputError) as refused:
        read(tmp_path, *lines)
    for part in ("talk.jsonl", *parts):
        assert part in str(refused.value)


def test_words_without_end_are_refused(tmp_path):
    with pytest.raises(InputError, match=r":1: comment has 10,000,001 characters; shorten it"):
        read(tmp_path, line(1, comment="x" * 10_000_001))

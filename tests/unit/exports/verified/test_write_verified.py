"""The verified export: what people settled on and nothing else, read back by the plain door."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cells import neutralise
from bot.domain.codebook import Code, Codebook, load_codebook
from bot.domain.coding import Act, CoderKind, verified
from bot.domain.discussion import Provenance, Scenario, Thread
from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN
from bot.domain.layout import parse_transcript
from bot.domain.origin import RecordBasis
from bot.storage.rows import Arrival, Study
from bot.storage.sessions import Start
from exports.verified.names import thread_name
from exports.verified.rows import VERIFIED_COLUMNS, Rows
from exports.verified.teaching import teachings
from exports.verified.write import is_verified_export, write_verified
from tests.coded_study import CODES, START, CodedStudy
from tests.unit.exports.coded import BOOK as FEW
from tests.unit.exports.coded import by_model, by_person, coded, message
from tests.unit.exports.hard import TEXTS


async def settled_study(path) -> CodedStudy:
    """One message of each kind: see the test below for what comes of each."""
    made = await CodedStudy.open(path)
    await made.talk("monday", "g1", 12)
    for n in range(1, 13):
        await made.code(f"g1-{n}", "starter", "OF")
    await made.code("g1-1", "ann", "AG", Act.CONFIRMED)
    await made.code("g1-2", "ann", "DIS", Act.CORRECTED)
    for who in ("ann", "bob"):
        await made.code("g1-3", who, "=SUM")
    await made.code("g1-4", "ann", "AG")
    await made.code("g1-4", "bob", "DIS")
    await made.code("g1-4", "cyd", "DIS", Act.ADJUDICATED)
    await made.code("g1-5", "ann", "AG")
    await made.code("g1-5", "bob", "DIS")
    await made.code("g1-6", "ann", "AG")
    await made.code("g1-6", "ann", "", Act.WITHDRAWN)
    await made.code("g1-7", "ann", "UC")
    await made.code("g1-7", "bob", "AG")
    await made.code("g1-8", "ann", "UC")
    await made.code("g1-9", "ann", "AG")
    await made.code("g1-10", "ann", "AG")
    await made.code("g1-11", "ann", "DIS")
    return made


async def test_only_what_people_settled_on_or_differ_on_has_a_code(tmp_path):
    made = await settled_study(tmp_path / "a.db")
    async with made.store as store:
        await store.edits.deleted(made.study.id, "g1", "g1-9", START)
        await store.unit_links.add(
            made.messages["g1-12"].id, made.messages["g1-9"].id, made.people["ann"].id, joined=True
        )
        out = tmp_path / "v.csv"
        written = await write_verified(store, [made.study], out)
    found = PLAIN.incoming(out, load_codebook(written.codebook_file)).transcript
    told = {i: (str(o.basis), dict(found.codes[i])) for i, o in found.origins.items() if o.basis}
    assert told == {
        "g1-1": ("confirmed", {"ann": "AG"}),
        "g1-2": ("corrected", {"ann": "DIS"}),
        "g1-3": ("agreed", {"ann": "=SUM", "bob": "=SUM"}),
        "g1-4": ("adjudicated", {"cyd": "DIS"}),
        "g1-5": ("disagreed", {"ann": "AG", "bob": "DIS"}),
        "g1-8": ("agreed", {"ann": "UC"}),
        "g1-10": ("agreed", {"ann": "AG"}),
        "g1-11": ("agreed", {"ann": "DIS"}),
    }
    assert "OF" not in {code for by in found.codes.values() for code in by.values()}
    assert [m.id for m in found.messages] == [f"g1-{n}" for n in range(1, 13)]
    assert found.deleted == {"g1-9"}
    assert (written.messages, written.verified, written.contested) == (12, 6, 1)
    assert written.sentences() == [
        (
            "study 'study': 12 messages, 6 verified codes (1 adjudicated, 1 corrected, "
            "1 confirmed, 3 agreed); on 1 people differ."
        )
    ]


async def test_gold_groups_are_marked_so_that_a_training_can_set_them_aside(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        for thread in ("g1", "g2", "g3"):
            await made.talk(f"monday {thread}", thread, 2)
            await made.code(f"{thread}-1", "ann", "AG")
        sides = await store.gold_groups.settle(made.study.id, {"g1", "g2"}, 0.5)
        (gold,) = (thread for thread, side in sides.items() if side.gold)
        await write_verified(store, [made.study], tmp_path / "v.csv")
    found = PLAIN.incoming(tmp_path / "v.csv", None).transcript
    assert {m.thread_id for m in found.messages if found.origins[m.id].gold} == {gold}
    assert len(found.messages) == 6


async def test_each_message_of_a_joined_thought_carries_its_code(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        await made.talk("monday", "g1", 6)
        await store.unit_links.add(
            made.messages["g1-4"].id, made.messages["g1-1"].id, made.people["ann"].id, joined=True
        )
        await made.code("g1-4", "ann", "AG")
        await made.code("g1-2", "ann", "DIS")
        await write_verified(store, [made.study], tmp_path / "v.csv")
    found = PLAIN.incoming(tmp_path / "v.csv", None).transcript
    coded_ones = {i: dict(by) for i, by in found.codes.items() if any(by.values())}
    assert coded_ones == {"g1-1": {"ann": "AG"}, "g1-4": {"ann": "AG"}, "g1-2": {"ann": "DIS"}}
    with (tmp_path / "v.csv").open(encoding="utf-8-sig", newline="") as file:
        units = {row["message_id"]: row["unit_id"] for row in csv.DictReader(file)}
    assert (units["g1-1"], units["g1-4"], units["g1-2"]) == ("g1-1", "g1-1", "g1-2")


async def test_several_studies_stand_in_one_file_without_a_name_twice(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        await made.talk("monday", "g1", 3)
        await made.code("g1-1", "ann", "AG")
        second = await store.studies.open("other/study", made.study.codebook)
        ann = await store.studies.human(second.id, "ann")
        scenario = Scenario("fox monday", "The fox", "Another text.")
        await store.sessions.begin(second.id, "monday")
        await store.sessions.start(Start(second.id, "monday", Thread("g1", "g1"), scenario, 1))
        stored = []
        for n, text in enumerate(TEXTS, start=1):
            said = Arrival(
                "g1",
                f"g1-{n}",
                n,
                "P1",
                text,
                START,
                provenance=Provenance.DISCORD,
                reply_to="g1-1" if n == 2 else None,
            )
            stored.append((await store.messages.receive(second.id, said)).stored)
        decision = made.decision("g1-1", "ann", "DIS")
        await store.codings.append([replace(decision, message=stored[0].id, coder=ann.id)])
        out = tmp_path / "v.csv"
        written = await write_verified(store, [made.study, second], out)
        again = await write_verified(store, [made.study, second], tmp_path / "w.csv")
    assert written.sha256 == again.sha256
    found = PLAIN.incoming(out, None).transcript
    assert found.threads == ("study/g1", "other%2Fstudy/g1")
    assert found.threads[1] == thread_name("other/study", "g1")
    assert found.dataset == "study + other/study"
    theirs = found.discussions[1].messages
    assert [m.text for m in theirs] == list(TEXTS)
    assert {m.provenance for m in theirs} == {Provenance.DISCORD}
    assert theirs[1].reply_to == theirs[0].id == "other%2Fstudy/g1/g1-1"
    origin = found.origins[theirs[0].id]
    assert (origin.study, origin.thread_id, origin.message_id) == ("other/study", "g1", "g1-1")
    assert (written.discord, written.verified) == (1, 2)
    assert is_verified_export(out)
    assert len({o.record_hash for o in found.origins.values() if o.basis}) == 2


async def test_a_message_id_that_two_threads_have_stands_once(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        await store.sessions.begin(made.study.id, "monday")
        for thread in ("g1", "g2"):
            scenario = Scenario("fox", "The fox", "Fair?")
            start = Start(made.study.id, "monday", Thread(thread, thread), scenario, 1)
            await store.sessions.start(start)
            for n in (1, 2):
                said = Arrival(thread, f"m{n}", n, "P1", "words", None, f"m{n - 1}")
                await store.messages.receive(made.study.id, said)
        await write_verified(store, [made.study], tmp_path / "v.csv")
    found = PLAIN.incoming(tmp_path / "v.csv", None).transcript
    assert [m.id for m in found.messages] == ["m1", "m2", "g2/m1", "g2/m2"]
    assert found.messages[3].reply_to == "g2/m1"
    assert found.origins["g2/m2"].message_id == "m2"


async def test_an_edited_message_leaves_with_its_present_words_and_is_counted(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        await made.talk("monday", "g1", 2)
        await made.code("g1-1", "ann", "AG")
        await store.edits.edited(made.study.id, "g1", "g1-1", "other words", START)
        written = await write_verified(store, [made.study], tmp_path / "v.csv")
    found = PLAIN.incoming(tmp_path / "v.csv", None).transcript
    assert found.messages[0].text == "other words"
    assert "1 of these was edited after people had coded it" in written.sentences()[1]


async def test_codebooks_that_contradict_each_other_are_refused(tmp_path):
    made = await CodedStudy.open(tmp_path / "a.db")
    async with made.store as store:
        book = Codebook("b", "B", "1", (Code("AG", "Aggression"), Code("X", "x")))
        second = await store.studies.open("second", book)
        with pytest.raises(InputError, match="code 'AG' is 'AG' in study 'study' and 'Aggression'"):
            await write_verified(store, [made.study, second], tmp_path / "v.csv")
        assert not (tmp_path / "v.csv").exists()
        fine = Codebook("b", "B", "1", (Code("AG", "ag", "A definition."), Code("X", "x")))
        second = await store.studies.open("third", fine)
        written = await write_verified(store, [made.study, second], tmp_path / "v.csv")
    joint = load_codebook(written.codebook_file)
    assert [c.code for c in joint.codes] == [*CODES, "UC", "X"]


async def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    made = await settled_study(tmp_path / "a.db")
    out = tmp_path / "v.csv"
    out.write_text("before")
    async with made.store as store:

        def broken(*_):
            raise RuntimeError

        monkeypatch.setattr("exports.verified.rows.record_hash", broken)
        with pytest.raises(RuntimeError):
            await write_verified(store, [made.study], out)
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("v")) == ["v.csv"]


def test_a_code_that_the_codebook_lost_does_not_teach():
    spoken = [message("one"), message("two", 2)]
    given = [by_person("m1", "GONE"), by_person("m2", "CA")]
    found = list(teachings(coded(spoken, given), FEW))
    assert [(t.basis, t.retired) for t in found] == [(None, True), (RecordBasis.AGREED, False)]


def test_a_code_without_a_basis_is_refused(tmp_path):
    row = dict.fromkeys(VERIFIED_COLUMNS, "x") | {
        "sequence": "1",
        "timestamp": "",
        "round": "1",
        "provenance": "import",
        "deleted": "",
        "coder_kind": "human",
        "basis": "",
    }
    file = tmp_path / "v.csv"
    with file.open("w", newline="") as opened:
        table = csv.DictWriter(opened, VERIFIED_COLUMNS)
        table.writeheader()
        table.writerow(row)
    with pytest.raises(InputError, match=r"v\.csv:2: code 'x' stands there without a basis"):
        PLAIN.incoming(file, None)


CODINGS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cyd", "starter@1a2b"]),
        st.sampled_from(["CA", "CR", "=SUM", ""]),
        st.sampled_from(list(Act)),
    ),
    max_size=8,
)
ASSIGNED = st.none() | st.frozensets(st.sampled_from(["ann", "bob", "cyd"]), min_size=1)


@given(CODINGS, ASSIGNED)
@settings(max_examples=150)
def test_a_code_leaves_only_by_the_rule_and_never_by_a_model(decided, assigned):
    codings = [
        by_model("m1", code) if "@" in who else by_person("m1", code, coder=who, act=act)
        for who, code, act in decided
    ]
    each = coded([message("words")], codings, assigned={} if assigned is None else {"m1": assigned})
    (told,) = teachings(each, FEW)
    human = [c for c in codings if c.kind is CoderKind.HUMAN]
    settled = verified(human, assigned)
    if settled is not None and settled.code:
        assert told.basis not in (None, RecordBasis.DISAGREED)
        assert told.codes == tuple((who, settled.code) for who in settled.coders)
    elif told.basis is not None:
        assert told.basis is RecordBasis.DISAGREED
        assert len({code for _, code in told.codes}) > 1
    assert "starter@1a2b" not in dict(told.codes)


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)


@given(
    st.lists(
        st.tuples(WORDS, st.sampled_from(Provenance), st.sampled_from(["CA", "=SUM", None])),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=100)
def test_words_provenance_and_codes_come_back_as_they_were(said):
    spoken = [message(t, n, provenance=p) for n, (t, p, _) in enumerate(said, start=1)]
    given = [by_person(m.id, c) for m, (_, _, c) in zip(spoken, said, strict=True) if c]
    each = coded(spoken, given)
    rows = Rows(Study(1, "=study", FEW, 1, {}, START), "=study", b"key", several=False)
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(VERIFIED_COLUMNS)
    for told in teachings(each, FEW):
        table.writerows([neutralise(cell) for cell in row] for row in rows.of(each, told))
    found = parse_transcript(text.getvalue(), "rows", FEW)
    assert found.messages == tuple(spoken)
    for m, (words, _, code) in zip(spoken, said, strict=True):
        expected = {"ann": code} if code and words.strip() else {}
        assert {who: c for who, c in found.codes[m.id].items() if c} == expected
        assert (found.origins[m.id].basis is not None) == bool(expected)

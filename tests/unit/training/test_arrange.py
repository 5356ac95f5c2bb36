"""Which records are kept, and that the account of the others adds up."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agreement import agreement
from bot.domain.discussion import Provenance
from tests.unit.training.tiny_study import BOOK, transcript_of
from training.arrange import (
    DELETED,
    DISCORD,
    EMPTY,
    MISMATCHED,
    UNCODED,
    Arrangement,
    Dropped,
    arrange,
)
from training.people import people_sentences

FREE_AND_NOT = (Provenance.IMPORT, Provenance.DISCORD, Provenance.SELF_HOSTED)


def arranged(*messages: tuple[str, dict[str, str]]) -> Arrangement:
    """Arrange messages given as (text, {coder: code})."""
    return arrange(
        transcript_of(
            ["d", "g", "s", "case", str(n), "P1", "", text, code, coder]
            for n, (text, codes) in enumerate(messages, start=1)
            for coder, code in codes.items()
        ),
        BOOK,
    )


def test_a_message_on_which_all_coders_agree_is_kept():
    found = arranged(("hi", {"ann": "AG", "bob": "AG"}), ("why", {"ann": "Q"}))
    assert [(r.message.text, r.code, r.group) for r in found.records] == [
        ("hi", "AG", "g"),
        ("why", "Q", "g"),
    ]
    assert found.dropped == ()
    assert found.messages == 2


def test_an_empty_comment_falls_whatever_its_code():
    found = arranged(("  ", {"ann": "AG"}), ("", {"ann": "AG", "bob": "Q"}))
    assert (found.records, found.dropped) == ((), (Dropped(EMPTY, 2),))


def test_no_code_and_the_uncoded_code_fall():
    found = arranged(("hi", {"ann": ""}), ("ho", {"ann": "UC", "bob": ""}))
    assert (found.records, found.dropped) == ((), (Dropped(UNCODED, 2),))


def test_a_coder_who_gave_no_code_does_not_disagree():
    found = arranged(("hi", {"ann": "AG", "bob": "", "eve": "UC"}))
    assert [r.code for r in found.records] == ["AG"]


def test_a_mismatch_is_counted_once_and_for_each_pair_that_differs():
    found = arranged(
        ("one", {"eve": "Q", "ann": "AG", "bob": "AG"}),
        ("two", {"ann": "AG", "bob": "CR", "eve": "Q"}),
        ("three", {"ann": "AG", "bob": "AG"}),
    )
    assert [r.message.text for r in found.records] == ["three"]
    assert found.dropped == (
        Dropped(MISMATCHED, 2),
        Dropped(MISMATCHED, 1, ("ann", "bob")),
        Dropped(MISMATCHED, 2, ("ann", "eve")),
        Dropped(MISMATCHED, 2, ("bob", "eve")),
    )


def test_nothing_is_learned_from_a_deleted_message_and_it_stays_in_the_windows():
    talk = transcript_of(
        ["d", "g", "s", "case", str(n), "P1", "", text, "AG", "ann"]
        for n, text in enumerate(("one", "two", ""), start=1)
    )
    ids = [m.id for m in talk.messages]
    found = arrange(replace(talk, deleted=frozenset(ids[1:])), BOOK)
    assert [r.message.text for r in found.records] == ["one"]
    assert found.dropped == (Dropped(DELETED, 2),)
    assert [m.text for m in found.records[0].discussion.messages] == ["one", "two", ""]


def test_without_permission_discord_messages_neither_teach_nor_stand_in_a_window():
    talk = transcript_of(
        ["d", "g", "s", "case", str(n), "P1", "", text, "AG", "ann"]
        for n, text in enumerate(("one", "two", "three"), start=1)
    )
    whole = talk.discussions[0]
    messages = tuple(
        replace(m, provenance=p) for m, p in zip(whole.messages, FREE_AND_NOT, strict=True)
    )
    mixed = replace(talk, discussions=(replace(whole, messages=messages),))
    found = arrange(mixed, BOOK)
    assert [r.message.text for r in found.records] == ["one", "three"]
    assert found.dropped == (Dropped(DISCORD, 1),)
    for record in found.records:
        assert [m.text for m in record.discussion.messages] == ["one", "three"]
    allowed = arrange(mixed, BOOK, with_discord=True)
    assert [r.message.text for r in allowed.records] == ["one", "two", "three"]
    assert allowed.dropped == ()


def test_the_account_reads_as_sentences():
    found = arranged(("", {"ann": "AG"}), ("x", {"ann": "AG", "bob": "Q"}), ("y", {"ann": "Q"}))
    assert found.sentences() == [
        "3 messages, 1 kept for training and testing",
        "  1 dropped: empty comment",
        "  1 dropped: coders do not agree",
        "    on 1 of these, ann and bob differ",
    ]


def test_people_among_themselves_are_the_benchmark():
    codes = [("AG", "AG"), ("AG", "AG"), ("Q", "Q"), ("Q", "AG")]
    both = [("text", {"ann": a, "ben": b}) for a, b in codes]
    found = arranged(*both, ("alone", {"ann": "Q"}), ("", {"ann": "Q", "ben": "AG"}))
    (pair,) = found.people
    assert pair.coders == ("ann", "ben")
    assert pair.agreement == agreement(*zip(*codes, strict=True))
    said = list(people_sentences(found.people))
    assert "on which the coders agree are taken, the easier ones" in said[0]
    assert said[2] == "  ann and ben, 4 messages: 75.0%, Cohen's kappa 0.500"
    assert list(people_sentences(arranged(("one", {"ann": "Q"})).people)) == []


CODED = st.tuples(
    st.sampled_from(["hi", "", " "]),
    st.dictionaries(
        st.sampled_from(["ann", "bob", "eve"]), st.sampled_from(["AG", "Q", "UC", ""]), min_size=1
    ),
)


@given(st.lists(CODED, min_size=1, max_size=10))
def test_nothing_is_dropped_without_being_counted(messages):
    found = arranged(*messages)
    dropped = sum(d.count for d in found.dropped if d.coders is None)
    assert len(found.records) + dropped == found.messages == len(messages)
    for record in found.records:
        _, codes = messages[record.message.sequence - 1]
        assert {c for c in codes.values() if c not in ("", "UC")} == {record.code}

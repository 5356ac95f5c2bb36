"""Split thoughts: where one is proposed, and what joining makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.discussion import Message
from bot.domain.units import Link, boundaries, decided, latest_by_coder, members, units

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def said(
    sequence: int,
    text: str,
    speaker: str = "P1",
    second: float | None = None,
    reply_to: str | None = None,
) -> Message:
    at = None if second is None else START + timedelta(seconds=second)
    return Message(f"m{sequence}", "t", "s", sequence, speaker, at, text, reply_to=reply_to)


def link(message: int, previous: int, joined: bool = True, minute: int = 0) -> Link:
    at = START + timedelta(minutes=minute)
    return Link(f"m{message}", f"m{previous}", "ann", joined, at)


@pytest.mark.parametrize(
    ("first", "second", "proposed"),
    [
        ("I think we should raise it because", "Nobody else sells it", True),
        ("They will be angry", "and tell everyone", True),
        ("They will be angry", "But only at first", True),
        ("The price is fair", "since it costs more", True),
        ("The price is fair.", "since it costs more", False),
        ("The price is fair", "It costs more", False),
        ("ok", "yes", False),
        ("are you sure?", "and now", False),
        ("haha :)", "and now", False),
        ("well said 😀", "and now", False),
        ("first,", "Second", True),
        ("", "and now", False),
    ],
)
def test_a_split_thought_is_proposed_where_the_first_is_unfinished(
    first: str, second: str, proposed: bool
) -> None:
    (found,) = boundaries([said(1, first, second=0), said(2, second, second=5)])
    assert found.proposed is proposed


def test_others_may_write_between() -> None:
    spoken = [said(1, "I think", second=0), said(2, "Hm", "P2", 1), said(3, "and so", second=4)]
    assert [(b.previous.id, b.message.id) for b in boundaries(spoken)] == [("m1", "m3")]


def test_a_long_pause_or_a_reply_to_somebody_else_is_no_boundary() -> None:
    first, late = said(1, "I think", second=0), said(2, "and so", second=21)
    assert boundaries([first, late]) == ()
    assert boundaries([first, late], timedelta(seconds=30))
    assert boundaries([first, said(2, "and so", second=2, reply_to="m9")]) == ()
    assert boundaries([first, said(2, "and so", second=2, reply_to="m1")])


def test_without_times_only_neighbours_are_near() -> None:
    assert boundaries([said(1, "I think"), said(2, "and so")])
    assert boundaries([said(1, "I think"), said(2, "x", "P2"), said(3, "and so")]) == ()


def test_joined_messages_are_one_unit() -> None:
    spoken = [said(1, "a"), said(2, "b", "P2"), said(3, "c"), said(4, "d")]
    found = units(spoken, [link(3, 1), link(4, 3)])
    assert found == {"m1": "m1", "m2": "m2", "m3": "m1", "m4": "m1"}
    assert members(found) == {"m1": ("m1", "m3", "m4"), "m2": ("m2",)}


def test_the_latest_decision_on_a_boundary_counts() -> None:
    spoken = [said(1, "a"), said(2, "b")]
    assert units(spoken, [link(2, 1), link(2, 1, joined=False, minute=1)])["m2"] == "m2"
    assert units(spoken, [link(2, 1, joined=False), link(2, 1)])["m2"] == "m1"
    assert decided([]) == {}


def test_a_message_that_came_between_later_breaks_the_join() -> None:
    spoken = [said(1, "a"), said(2, "late"), said(3, "c")]
    assert units(spoken, [link(3, 1)])["m3"] == "m3"


@given(
    st.lists(st.sampled_from(["P1", "P2", "P3"]), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(2, 12), st.integers(1, 11), st.booleans()), max_size=12),
)
def test_units_partition_the_messages_and_hold_one_speaker(
    speakers: list[str], given_links: list[tuple[int, int, bool]]
) -> None:
    spoken = [said(n, "x", who) for n, who in enumerate(speakers, 1)]
    found = units(spoken, [link(a, b, j) for a, b, j in given_links])
    assert sorted(i for ids in members(found).values() for i in ids) == sorted(m.id for m in spoken)
    by_id = {m.id: m for m in spoken}
    for first, ids in members(found).items():
        assert ids[0] == first
        assert len({by_id[i].speaker for i in ids}) == 1


def test_a_decision_that_was_taken_back_counts_no_more_and_others_do() -> None:
    spoken = [said(1, "a"), said(2, "b")]
    mine, back = link(2, 1), link(2, 2, joined=False, minute=3)
    bob = Link("m2", "m1", "bob", joined=False, at=START + timedelta(minutes=1))
    assert units(spoken, [mine, back])["m2"] == "m2"
    assert decided([mine, back]) == {}
    assert decided([bob, mine, back]) == {"m2": bob}
    again = link(2, 1, joined=False, minute=2)
    assert decided([mine, again, back]) == {"m2": mine}, "the earlier one counts again"
    assert decided([back, mine]) == {"m2": mine}, "there was nothing to take back"
    assert latest_by_coder([mine, bob, again]) == {("ann", "m2"): again, ("bob", "m2"): bob}

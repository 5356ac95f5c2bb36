"""Sight: others' codes are hidden while blind and uncoded, and what was seen is never unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from table import START

from bot.domain.assignment import Assignment, Sampling
from bot.domain.coding import Act, CoderKind, Coding, Seen
from bot.domain.discussion import Message, Scenario
from bot.services.people.sight import Known, sight, to_be_coded_blind
from bot.storage.rows import Mark, StoredMessage

ANN, BOB = "ann", "bob"
DID = st.tuples(
    st.sampled_from([ANN, BOB, "model"]),
    st.sampled_from([Act.CODED, Act.CORRECTED, Act.WITHDRAWN]),
    st.integers(1, 2),
)
BLIND = Sampling("study", (Assignment(ANN),), 0)
OPEN = Sampling("study", (), 0)


def known(did, revision: int = 2, shown: str | None = None) -> Known:
    message = Message("m1", "t1", "case", 1, "P1", None, "words", revision=revision)
    codings = tuple(
        Coding(
            "m1",
            coder,
            CoderKind.MODEL if coder == "model" else CoderKind.HUMAN,
            "A",
            START + timedelta(seconds=n),
            act=Act.CODED if coder == "model" else act,
            revision=at,
        )
        for n, (coder, act, at) in enumerate(did)
    )
    marks = () if shown is None else (Mark(1, "m1", shown, "shown", START, 1),)
    stored = StoredMessage(1, 1, 1, 0, Scenario("case", "Case", "Fair?"), message)
    return Known(stored, codings, marks)


def own_left(did, revision: int) -> bool:
    stack: list[int] = []
    for coder, act, at in did:
        if coder == ANN and act is Act.WITHDRAWN:
            stack = stack[:-1]
        elif coder == ANN:
            stack.append(at)
    return bool(stack) and stack[-1] == revision


@given(st.lists(DID, max_size=8))
def test_hidden_until_an_own_decision_stands_on_the_present_words(did) -> None:
    assert sight(ANN, [known(did)], BLIND, "monday").hidden == (not own_left(did, 2))
    assert not sight(ANN, [known(did)], OPEN, "monday").hidden


@given(st.lists(DID, max_size=8), st.sampled_from([None, ANN, BOB]))
def test_nothing_was_seen_only_by_who_never_could(did, shown) -> None:
    found = sight(ANN, [known(did, shown=shown)], BLIND, "monday")
    assert (found.seen is Seen.NOTHING) == (shown != ANN)


def test_where_codes_are_not_hidden_they_count_as_seen_if_there_are_any() -> None:
    by_model = known([("model", Act.CODED, 2)])
    assert sight(ANN, [by_model], OPEN, "monday").seen is Seen.CODES
    assert sight(ANN, [known([])], OPEN, "monday").seen is Seen.NOTHING


@given(st.lists(DID, max_size=5), st.lists(DID, max_size=5))
def test_a_unit_is_seen_as_one(one, two) -> None:
    found = sight(ANN, [known(one), known(two)], BLIND, "monday")
    assert found.hidden == (not own_left(one, 2) and not own_left(two, 2))


def test_what_is_still_to_be_coded_blind() -> None:
    audit = Sampling("study", (), 1.0)
    both = Sampling("study", (Assignment(ANN), Assignment(BOB, blind=False)), 0)
    seeing = Sampling("study", (Assignment(BOB, blind=False),), 0)
    place = ("monday", "t1", "m1")
    assert to_be_coded_blind(audit, *place)
    assert to_be_coded_blind(both, *place)
    assert not to_be_coded_blind(seeing, *place)
    assert not to_be_coded_blind(OPEN, *place)


def test_who_decided_having_seen_codes_has_seen_them() -> None:
    here = known([(ANN, Act.CORRECTED, 2), (ANN, Act.WITHDRAWN, 2)])
    seen = replace(here, codings=tuple(replace(c, seen=Seen.CODES) for c in here.codings))
    assert sight(ANN, [here], BLIND, "monday").seen is Seen.NOTHING
    assert sight(ANN, [seen], BLIND, "monday").seen is Seen.CODES
    assert sight(BOB, [seen], Sampling("study", (), 1), "monday").seen is Seen.NOTHING

"""What goes to adjudication, and the words for what counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import Act, CoderKind, Coding, verified
from bot.domain.settling import because, names, to_adjudicate

START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def by(coder: str, code: str, act: Act = Act.CODED, minute: int = 0, note: str | None = None):
    kind = CoderKind.MODEL if coder == "model" else CoderKind.HUMAN
    at = START + timedelta(minutes=minute)
    return Coding("m1", coder, kind, code, at, act, note=note)


A1, B2 = by("C1", "A"), by("C2", "B", minute=1)
MODEL = by("model", "A")


@pytest.mark.parametrize(
    ("codings", "assigned", "unsure", "why"),
    [
        ([MODEL], None, (), None),
        ([MODEL, by("C2", "B")], None, (), None),  # a person against a model: that is no dispute
        ([A1, B2], None, (), "C1 says A, C2 says B"),
        ([A1, B2], {"C1", "C2"}, (), "C1 says A, C2 says B"),
        ([A1, B2], {"C1", "C2", "C3"}, (), None),  # C3 is still to code it
        ([A1, B2], {"C1", "C2", "C3"}, ("C3",), "C1 says A, C2 says B, C3 is unsure"),
        ([A1], {"C1", "C2"}, ("C2",), "C1 says A, C2 is unsure"),
        ([], {"C1", "C2"}, ("C1",), None),
        ([], {"C1", "C2"}, ("C1", "C2"), "C1 is unsure, C2 is unsure"),
        ([], None, ("C1",), "C1 is unsure"),
        ([A1, by("C2", "A")], None, ("C3",), "C1 says A, C2 says A, C3 is unsure"),
        ([A1, by("C2", "A")], None, (), None),
        ([A1, B2], {"C1"}, (), None),  # what C2 said has no part in the rule
        ([A1, B2, by("C3", "C", Act.CORRECTED, 2)], None, (), None),
        ([A1, B2, by("C3", "C", Act.ADJUDICATED, 2)], {"C1", "C2"}, ("C1",), None),
        (
            [A1, B2, by("C3", "C", Act.ADJUDICATED, 2), by("C3", "", Act.WITHDRAWN, 3)],
            None,
            (),
            "C1 says A, C2 says B",
        ),
    ],
)
def test_what_is_to_be_adjudicated(codings, assigned, unsure, why) -> None:
    assert to_adjudicate(codings, assigned, unsure) == why


@pytest.mark.parametrize(
    ("codings", "assigned", "said"),
    [
        ([], None, "nobody has coded it"),
        ([MODEL], None, "nobody has coded it"),
        ([A1], None, "coded by C1 alone"),
        ([A1, by("C2", "A")], None, "agreed by C1 and C2"),
        ([A1], {"C1", "C2"}, "C2 has not coded it yet"),
        ([B2], {"C1", "C2", "C3"}, "C1 and C3 have not coded it yet"),
        ([A1, B2, by("C9", "A")], {"C1", "C2"}, "C1 says A, C2 says B"),
        ([A1, by("C2", "B", Act.CORRECTED, note="irony")], None, "corrected by C2: irony"),
        ([by("C1", "A", Act.CONFIRMED)], {"C2"}, "confirmed by C1"),
        (
            [
                by("C3", "A", Act.ADJUDICATED, 1, "first thought"),
                by("C3", "B", Act.ADJUDICATED, 2, "see rule 4"),
                by("C4", "C", Act.CORRECTED, 3, "no"),
            ],
            None,
            "adjudicated by C3: see rule 4",
        ),
    ],
)
def test_the_words_tell_the_rule(codings, assigned, said) -> None:
    assert because(codings, assigned) == said


def test_names_in_a_sentence() -> None:
    assert [names("A"), names("AB"), names("ABC")] == ["A", "A and B", "A, B and C"]


GIVEN = st.lists(
    st.builds(
        by,
        st.sampled_from(["C1", "C2", "C3", "model"]),
        st.sampled_from("AB"),
        st.sampled_from(Act),
        st.integers(0, 3),
    ),
    max_size=8,
)
ASSIGNED = st.none() | st.frozensets(st.sampled_from(["C1", "C2", "C3"]), min_size=1)


@given(GIVEN, ASSIGNED)
def test_without_doubts_only_what_the_rule_leaves_open_is_adjudicated(given, assigned) -> None:
    if to_adjudicate(given, assigned) is not None:
        assert verified(given, assigned) is None
    because(given, assigned)  # there is always something to say

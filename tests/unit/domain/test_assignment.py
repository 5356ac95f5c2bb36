"""Samples are random over messages, the same every time, and nested."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assignment import Assignment, Sampling, audit_place, coders_of
from bot.domain.drawing import drawn

MESSAGES = [("t1", f"m{i}") for i in range(4000)]


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_draw_is_a_share_and_always_the_same(salt: str, thread: str, message: str) -> None:
    assert 0 <= drawn(salt, thread, message) < 1
    assert drawn(salt, thread, message) == drawn(salt, thread, message)


def test_names_do_not_run_together() -> None:
    assert drawn("s", "ab", "c") != drawn("s", "a", "bc")


def test_a_share_is_that_share_and_independent_of_the_audit() -> None:
    of_share = {m for m in MESSAGES if Assignment("ann", 0.3).covers("study", "mon", *m)}
    audited = {m for m in MESSAGES if Sampling("study", audit_share=0.2).audited(*m)}
    for part, share in ((of_share, 0.3), (audited, 0.2), (of_share & audited, 0.06)):
        spread = 4 * math.sqrt(share * (1 - share) / len(MESSAGES))
        assert abs(len(part) / len(MESSAGES) - share) < spread


def test_the_smaller_share_lies_within_the_larger() -> None:
    small, large = Assignment("ann", 0.2), Assignment("bob", 0.5)
    covered = [m for m in MESSAGES if small.covers("study", "mon", *m)]
    assert covered
    assert all(large.covers("study", "mon", *m) for m in covered)


def test_another_study_draws_another_sample() -> None:
    one = [m for m in MESSAGES if audit_place("one", *m) < 0.1]
    other = [m for m in MESSAGES if audit_place("other", *m) < 0.1]
    assert one != other


def test_groups_and_sessions_restrict() -> None:
    task = Assignment("ann", threads=frozenset({"t1"}), session="mon")
    assert task.covers("study", "mon", "t1", "m1")
    assert not task.covers("study", "mon", "t2", "m1")
    assert not task.covers("study", "tue", "t1", "m1")


def test_who_is_assigned_and_who_is_blind() -> None:
    seeing = Assignment("bob", threads=frozenset({"t1"}), blind=False)
    sampling = Sampling("study", (Assignment("ann"), seeing), audit_share=0)
    assert sampling.assigned("mon", "t1", "m") == {"ann", "bob"}
    assert sampling.assigned("mon", "t2", "m") == {"ann"}
    assert Sampling("study").assigned("mon", "t1", "m") is None
    assert coders_of(()) is None
    assert sampling.blind("ann", "mon", "t1", "m")
    assert not sampling.blind("bob", "mon", "t1", "m")
    assert not sampling.blind("eve", "mon", "t1", "m")


def test_the_audit_is_blind_for_everybody() -> None:
    sampling = Sampling("study", (Assignment("bob", blind=False),), audit_share=1)
    assert all(sampling.blind(who, "mon", "t1", "m") for who in ("bob", "eve"))

"""The order of the queue: least certain first, an audit at random, what was skipped last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.services.people.queue_order import Order, Task, audit_period, first

SHARES = st.one_of(st.none(), st.floats(0, 1))
TASKS = st.lists(st.tuples(SHARES, SHARES, st.one_of(st.none(), st.integers(1, 9))), max_size=40)


def tasks(drawn) -> list[Task]:
    return [Task(n + 1, n, sure, audit, skip) for n, (sure, audit, skip) in enumerate(drawn)]


def judged(drawn) -> list[Task]:
    """Return tasks of which some go to people and some do not."""
    return [t._replace(below=t.row % 3 == 0) for t in tasks(drawn)]


def all_of(given_: list[Task], order: Order, period: int) -> list[Task]:
    left, came, audited = list(given_), [], 0
    while (task := first(left, order, done=len(came), audited=audited, period=period)) is not None:
        left.remove(task)
        came.append(task)
        audited += task.audit is not None
    return came


@given(TASKS, st.integers(1, 10))
def test_what_goes_to_people_comes_before_what_does_not(drawn, period) -> None:
    fresh = [t._replace(skipped=None) for t in judged(drawn)]
    came = [t for t in all_of(fresh, Order.UNCERTAIN, period) if t.audit is None]
    assert [t.below for t in came] == sorted((t.below for t in came), reverse=True)
    assert sorted(came) == sorted(t for t in fresh if t.audit is None)


@given(TASKS, st.integers(1, 10))
def test_only_what_goes_to_people_comes_if_one_wants_and_the_audit_goes_on(drawn, period) -> None:
    came = all_of(judged(drawn), Order.BELOW, period)
    wanted = [t for t in judged(drawn) if t.below or t.audit is not None]
    assert sorted(came) == sorted(wanted)
    fresh = [t for t in came if t.skipped is None]
    firsts = [t for t in all_of(wanted, Order.UNCERTAIN, period) if t.skipped is None]
    assert fresh == firsts


@given(TASKS, st.sampled_from(Order), st.integers(1, 10))
def test_everything_comes_once_and_what_was_skipped_last(drawn, order, period) -> None:
    wanted = tasks(drawn)
    came = all_of(wanted, order, period)
    assert sorted(came) == sorted(wanted)
    skips = [t.skipped for t in came]
    put_off = [s for s in skips if s is not None]
    assert skips == [None] * (len(skips) - len(put_off)) + sorted(put_off)


@given(TASKS, st.integers(1, 10))
def test_of_every_period_one_is_of_the_audit_while_there_is_any(drawn, period) -> None:
    wanted = [t._replace(skipped=None) for t in tasks(drawn)]
    came = all_of(wanted, Order.UNCERTAIN, period)
    audits = sum(t.audit is not None for t in wanted)
    for n in range(len(came) + 1):
        seen = sum(t.audit is not None for t in came[:n])
        assert seen >= min(audits, -(-n // period))
    others = [t for t in came if t.audit is None]
    sure = [2 if t.confidence is None else t.confidence for t in others]
    assert sure == sorted(sure)


@given(TASKS, st.lists(SHARES, min_size=40, max_size=40))
def test_no_code_has_a_part_in_the_order_of_the_audit(drawn, sure) -> None:
    wanted = [t._replace(skipped=None) for t in tasks(drawn)]
    other = [t._replace(confidence=c) for t, c in zip(wanted, sure, strict=False)]

    def audits(given_: list[Task]) -> list[tuple[int, int]]:
        came = all_of(given_, Order.UNCERTAIN, 10)
        return [(n, t.row) for n, t in enumerate(came) if t.audit is not None]

    assert audits(wanted) == audits(other)


def test_in_sequence_what_was_said_first_comes_first() -> None:
    wanted = tasks([(0.9, None, None), (0.1, None, None), (None, 0.5, None)])
    assert all_of(wanted[::-1], Order.SEQUENTIAL, 10) == wanted


def test_the_period_is_the_shares_and_ten_at_most() -> None:
    shares = (0, 0.01, 0.1, 0.2, 0.3, 0.5, 0.9, 1)
    assert [audit_period(s) for s in shares] == [10, 10, 10, 5, 3, 2, 1, 1]

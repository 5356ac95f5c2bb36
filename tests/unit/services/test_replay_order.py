"""The order and the pace of a replay."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from table import START, transcript

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.transcript import Transcript
from bot.services.order import in_order
from bot.services.pace import Pace


def test_messages_go_by_time_over_all_threads() -> None:
    steps = list(in_order(transcript()))
    assert len(steps) == 48
    times = [step.message.sent_at for step in steps]
    assert times == sorted(times)
    assert [s.message.thread_id for s in steps[:4]] == ["t0", "t1", "t2", "t0"]
    assert sum(step.starts for step in steps) == 6


def test_without_times_the_threads_take_turns() -> None:
    steps = list(in_order(transcript(timed=False)))
    assert [s.message.thread_id for s in steps[:6]] == ["t0", "t1", "t2", "t0", "t1", "t2"]
    assert {step.due for step in steps} == {None}


@given(st.lists(st.lists(st.none() | st.integers(-50, 50), min_size=1), min_size=1, max_size=4))
def test_a_thread_keeps_its_sequence_whatever_its_clock_says(
    clocks: list[list[int | None]],
) -> None:
    case = Scenario("s", "s", "case")
    discussions = tuple(
        Discussion(
            f"t{t}",
            case,
            tuple(
                Message(
                    f"{t}/{n}",
                    f"t{t}",
                    "s",
                    n,
                    "P1",
                    None if second is None else START + timedelta(seconds=second),
                    "words",
                )
                for n, second in enumerate(clock, start=1)
            ),
        )
        for t, clock in enumerate(clocks)
    )
    steps = list(in_order(Transcript("set", discussions, {})))
    for t, clock in enumerate(clocks):
        own = [step for step in steps if step.message.thread_id == f"t{t}"]
        assert [step.message.sequence for step in own] == list(range(1, len(clock) + 1))
        assert [step.position for step in own] == list(range(len(clock)))
        dues = [step.due for step in own if step.due is not None]
        assert dues == sorted(dues)


async def test_the_pace_is_the_recorded_one_divided_by_the_speed() -> None:
    now, slept = 100.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    pace = Pace(10, clock=lambda: now, sleep=sleep)
    for second in (0, 20, 20, 50):
        await pace.wait(START + timedelta(seconds=second))
    await pace.wait(None)
    now += 100  # the machine was busy: what is overdue is not slept for
    await pace.wait(START + timedelta(seconds=60))
    assert slept == [2.0, 3.0]
    at_once = Pace(None, clock=lambda: now, sleep=sleep)
    await at_once.wait(START)
    await at_once.wait(START + timedelta(hours=1))
    assert slept == [2.0, 3.0]

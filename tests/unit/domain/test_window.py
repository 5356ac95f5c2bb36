"""The window rule: what a coder sees is a pure function of the log."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.window import window, windows

SCENARIOS = {name: Scenario(name, name.upper(), f"about {name}") for name in ("s", "t")}
KEYS = st.tuples(st.sampled_from("AB"), st.sampled_from("st"), st.sampled_from((1, 2)))
LIMITS = st.integers(0, 6)


def message(thread: str, scenario: str, turn: int, sequence: int) -> Message:
    identity = f"{thread}/{scenario}/{turn}/{sequence}"
    return Message(
        identity, thread, scenario, sequence, f"P{sequence % 3}", None, identity, round=turn
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Message]:
    """Discussions of several threads, scenarios and rounds, some with gaps, in any order."""
    spans = draw(
        st.dictionaries(KEYS, st.sets(st.integers(1, 12), min_size=1, max_size=8), min_size=1)
    )
    found = [message(*key, sequence) for key, span in spans.items() for sequence in span]
    return draw(st.permutations(found))


def seen(log: list[Message], target: Message, limit: int) -> tuple[Message, ...]:
    return window(log, SCENARIOS[target.scenario_id], target, limit).messages


@given(logs(), LIMITS)
def test_the_first_message_of_a_scenario_sees_nothing(log, limit):
    for target in log:
        if target.sequence == 1:
            assert seen(log, target, limit) == ()


@given(logs(), LIMITS, st.data())
def test_it_holds_the_last_earlier_messages_of_the_same_discussion_oldest_first(log, limit, data):
    target = data.draw(st.sampled_from(log))
    found = seen(log, target, limit)
    assert {m.discussion_key for m in found} <= {target.discussion_key}
    numbers = [m.sequence for m in found]
    expected = sorted(
        m.sequence
        for m in log
        if m.discussion_key == target.discussion_key and m.sequence < target.sequence
    )
    assert numbers == expected[len(expected) - min(limit, len(expected)) :]


@given(logs(), LIMITS, st.data())
def test_nothing_but_its_own_earlier_messages_changes_it(log, limit, data):
    target = data.draw(st.sampled_from(log))
    expected = seen(log, target, limit)
    own = [
        m for m in log if m.discussion_key == target.discussion_key and m.sequence < target.sequence
    ]
    assert seen(own, target, limit) == expected  # without later and foreign messages
    assert seen(data.draw(st.permutations(log)), target, limit) == expected
    assert seen([*log, *data.draw(st.lists(st.sampled_from(log)))], target, limit) == expected
    assert seen(iter(log), target, limit) == expected  # type: ignore[arg-type]


@given(logs(), LIMITS)
def test_windows_of_a_discussion_are_the_windows_of_its_messages(log, limit):
    for key in {m.discussion_key for m in log}:
        members = tuple(m for m in log if m.discussion_key == key)
        scenario = SCENARIOS[key[1]]
        found = windows(Discussion(key[0], scenario, members, key[2]), limit)
        assert [w.target.sequence for w in found] == sorted(m.sequence for m in members)
        assert found == [window(log, scenario, w.target, limit) for w in found]


def test_a_second_round_of_a_scenario_starts_empty():
    log = [message("A", "s", 1, n) for n in (1, 2, 3)]
    again = message("A", "s", 2, 1)
    assert seen([*log, again], again, 10) == ()
    assert seen([*log, again], replace(again, sequence=2), 10) == (again,)


def test_a_wrong_limit_or_scenario_is_refused():
    target = message("A", "s", 1, 1)
    with pytest.raises(ValueError, match="must be 0 or more, not -1"):
        window([], SCENARIOS["s"], target, -1)
    with pytest.raises(ValueError, match="scenario 't' is not the target's 's'"):
        window([], SCENARIOS["t"], target, 1)

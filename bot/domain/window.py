"""THE window rule: history + target -> what the coder sees.

Training, live coding, replay and the review views all call this one function, so a
message is judged in the same light everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.discussion import Discussion, Message, Scenario


@dataclass(frozen=True, slots=True)
class Window:
    """A message to be coded with what came before it, oldest first."""

    scenario: Scenario
    messages: tuple[Message, ...]
    target: Message


def window(log: Iterable[Message], scenario: Scenario, target: Message, limit: int) -> Window:
    """Return the window of `target`: the last `limit` earlier messages of its discussion.

    Earlier means a lower sequence in the same thread, scenario and round; the order and the
    completeness of `log` beyond that do not matter, and neither does anything sent later.
    The window of the first message of a scenario is empty.

    Raises ValueError if `limit` is negative or `scenario` is not the target's.
    """
    if limit < 0:
        raise ValueError(f"window limit must be 0 or more, not {limit}")
    if scenario.id != target.scenario_id:
        raise ValueError(f"scenario {scenario.id!r} is not the target's {target.scenario_id!r}")
    earlier = {
        m.sequence: m
        for m in log
        if m.discussion_key == target.discussion_key and m.sequence < target.sequence
    }
    kept = sorted(earlier)[max(0, len(earlier) - limit) :] if limit else []
    return Window(scenario, tuple(earlier[s] for s in kept), target)


def windows(discussion: Discussion, limit: int) -> list[Window]:
    """Return the window of every message of `discussion`, in sequence order.

    The same as calling `window` for each message, in linear instead of quadratic time.
    """
    ordered = sorted(discussion.messages, key=lambda m: m.sequence)
    return [
        window(ordered[max(0, i - limit) : i], discussion.scenario, m, limit)
        for i, m in enumerate(ordered)
    ]

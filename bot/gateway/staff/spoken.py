"""What was said, as coders read it: scenario, earlier messages, and what is to be decided on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.discussion import NO_SCENARIO, Message, Scenario
from bot.gateway.staff.texts import clip, last_lines, mention, quoted

# Characters; together below the 4,096 of an embed's description.
_SCENARIO = 300
_WINDOW = 1_200
_LINE = 300
_REPLY = 250
_MESSAGE = 1_500

_SNOWFLAKE = 15  # digits that an id of Discord has at least


def scenario_name(scenario: Scenario, message: Message) -> str:
    """Return which discussion a message belongs to, and its place there."""
    title = "No scenario" if scenario.id == NO_SCENARIO else scenario.title or scenario.id
    again = f", round {message.round}" if message.round > 1 else ""
    return f"{clip(title, 150)}{again}, message {message.sequence}"


def spoken(
    scenario: Scenario,
    window: Sequence[Message],
    unit: Sequence[Message],
    reply_to: Message | None = None,
    heading: str = "One thought in several messages:",
) -> str:
    """Return what a coder reads: group, scenario, window, what is replied to, and the unit.

    `heading` stands above them where they are more than one.
    """
    told = [_group(unit[-1].thread_id)]
    if scenario.id != NO_SCENARIO and scenario.text.strip():
        told.append(f"*{quoted(scenario.text, _SCENARIO)}*")
    own = {message.id for message in unit}
    told.append(_earlier([m for m in window if m.id not in own]))
    if reply_to is not None:
        told.append(f"> in reply to {_said(reply_to, _REPLY)}")
    told.append(_unit(unit, heading))
    return "\n\n".join(told)


def _group(thread_id: str) -> str:
    """Return the group's thread: as a link if it is one of Discord, else by its id."""
    if thread_id.isdecimal() and len(thread_id) >= _SNOWFLAKE:
        return f"In {mention(thread_id)}"
    return f"In group {quoted(thread_id, 80)}"


def _earlier(messages: Sequence[Message]) -> str:
    if not messages:
        return "*no earlier message*"
    return last_lines([_said(m, _LINE) for m in messages], _WINDOW, "and {} earlier messages")


def _unit(unit: Sequence[Message], heading: str) -> str:
    if len(unit) == 1:
        return f"▶ {_said(unit[0], _MESSAGE)}"
    parts = [f"▶ {_said(message, _MESSAGE // 2)}" for message in unit]
    return f"{heading}\n{last_lines(parts, _MESSAGE)}"


def _said(message: Message, limit: int) -> str:
    words = quoted(message.text, limit) if message.text.strip() else "(no text)"
    return f"**{quoted(message.speaker, 40)}**: {words}"

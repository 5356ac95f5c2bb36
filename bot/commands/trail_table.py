"""The audit trail of a message as it is printed: one row an event, in sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from rich.markup import escape
from rich.table import Column, Table

from bot.domain.counting import many
from bot.domain.discussion import Message
from bot.domain.settling import names
from bot.services.people.trail import Event, Trail

_SHORT = 12  # characters of a fingerprint or hash: enough to tell versions apart
# What a terminal would carry out instead of showing it; line ends and tabs are kept.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_DONE: Mapping[str, str] = {
    "received": "wrote it; stored",
    "noted": "noted",
    "unsure": "was unsure",
    "skipped": "skipped it",
    "edge_case": "flagged it as an edge case",
    "shown": "was shown others' codes",
    "undone": "took a mark back",
    "taken_back": "took their decision on the unit back",
    "assignment_ended": "is to code it no longer",
}


def heading(trail: Trail) -> Iterator[str]:
    """Yield what the message is and where it was said, line by line, escaped for rich."""
    message = trail.stored.message
    sent = "at an unknown time" if message.sent_at is None else f"at {message.sent_at:%F %T} UTC"
    yield escape(
        f"Message {message.id} by {message.speaker}, sent {sent}: session {trail.session!r}, "
        f"thread {trail.thread.name!r} ({trail.thread.id}), scenario "
        f"{trail.stored.scenario.title or message.scenario_id!r}, message {message.sequence} of it."
    )
    said = printable(message.text)
    yield escape(said) if said else "(no words are kept)"
    if message.reply_to is not None:
        yield escape(_reply(message.reply_to, trail.reply_to))
    if len(trail.unit) > 1:
        yield escape(f"One thought with others: {', '.join(trail.unit)}.")
    if trail.assigned:
        yield escape(f"Assigned to {names(trail.assigned)}.")


def trail_table(trail: Trail) -> Table:
    """Return one row an event, in the order of time; what was taken back says so."""
    table = Table(
        Column("when (UTC)", min_width=10),  # the date above the time where there is little room
        Column("who", overflow="fold"),
        Column("did", overflow="fold", ratio=3),
        Column("code", overflow="fold"),
        Column("having seen", overflow="fold", ratio=2, min_width=12),
        expand=True,
    )
    for event in trail.events:
        row = (
            f"{event.at:%F %T}",
            event.who or "",
            _with_note(did(event, trail.stored.message.id), event.note),
            "" if event.what == "withdrawn" else event.code or "",
            saw(event),
        )
        style = "dim" if event.stands is False else None
        table.add_row(*(escape(cell) for cell in row), style=style)
    return table


def ending(trail: Trail) -> str:
    """Return the verified code with the part of the rule that made it, escaped for rich."""
    code = "none" if trail.verified is None else trail.verified.code
    return escape(f"Verified code: {code} ({printable(trail.rule)}).")


def did(event: Event, message_id: str) -> str:
    """Return what was done, in words; where it was to another message of the unit, to which."""
    done = _SENTENCES.get(event.what, _plainly)(event)
    if event.message_id != message_id:
        done = f"{done} (message {event.message_id})"
    return f"{done}; taken back" if event.stands is False else done


def _with_note(done: str, note: str | None) -> str:
    return f"{done}: {printable(note)}" if note else done


def saw(event: Event) -> str:
    """Return what a coder had seen: the window, and what of others' codes."""
    seen = []
    if event.saw is not None:
        seen.append(str(event.saw))
    if event.window_size is not None:
        seen.append(f"{many(event.window_size, 'earlier message')}")
    if event.cut:
        seen.append("the message cut")
    if event.revision is not None and event.revision > 1 and event.codebook is not None:
        seen.append(f"its text number {event.revision}")
    return "; ".join(seen)


def printable(text: str) -> str:
    """Return a text with what a terminal would carry out shown as U+FFFD."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _reply(reply_to: str, replied: Message | None) -> str:
    if replied is None:
        return f"A reply to message {reply_to}, which is not stored here."
    return f"A reply to {replied.speaker} (message {reply_to}): {printable(replied.text)}"


def _plainly(event: Event) -> str:
    return _DONE.get(event.what, event.what)


def _decided(event: Event) -> str:
    done = event.what
    if event.bundle is not None:
        done += f" as bundle {event.bundle} {str(event.fingerprint)[:_SHORT]}"
    if event.confidence is not None:
        done += f", {event.confidence:.1%} sure"
    if event.runner_up is not None and event.runner_up_confidence is not None:
        done += f" ({event.runner_up} {event.runner_up_confidence:.1%})"
    return done


def _withdrawn(event: Event) -> str:
    counts = "no code counts" if event.code is None else f"{event.code} counts"
    return f"took their last decision back; {counts} from then on"


def _edited(event: Event) -> str:
    if event.before is None or event.after is None:
        return "edited it; the words were removed"
    return f"edited it: {printable(event.before)!r} became {printable(event.after)!r}"


def _deleted(event: Event) -> str:
    kept = "the words were removed" if event.before is None else "the words were kept"
    return f"deleted it; {kept}"


def _unit(event: Event) -> str:
    between = f"message {event.previous_id} and this"
    return f"joined {between}" if event.what == "joined" else f"kept {between} apart"


def _assigned(event: Event) -> str:
    return "is to code it blind" if event.blind else "is to code it"


_SENTENCES: Mapping[str, Callable[[Event], str]] = {
    "coded": _decided,
    "confirmed": _decided,
    "corrected": _decided,
    "adjudicated": _decided,
    "withdrawn": _withdrawn,
    "edited": _edited,
    "deleted": _deleted,
    "joined": _unit,
    "separated": _unit,
    "assigned": _assigned,
}

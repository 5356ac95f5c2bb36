"""Threads as people name them in a command: mentions, ids and links -> ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.errors import InputError

_ID = r"(?P<id>\d{15,20})"  # a snowflake; 2015's had 18 digits, the largest have 20
_FORMS = (
    re.compile(rf"<#{_ID}>"),
    re.compile(_ID),
    re.compile(rf"https?://[^/\s]+/channels/(?P<server>\d+)/{_ID}(?:/\d+)?/?"),
    re.compile(rf"<https?://[^/\s]+/channels/(?P<server>\d+)/{_ID}(?:/\d+)?/?>"),
)
_BETWEEN = re.compile(r"[\s,;]+")
_NEIGHBOURS = re.compile(r"(?<=>)(?=<)")  # Discord puts no space between two mentions


@dataclass(frozen=True, slots=True)
class Given:
    """The ids named, each once and in order, and what could not be read or is elsewhere."""

    ids: tuple[int, ...]
    unread: tuple[str, ...] = ()
    elsewhere: tuple[int, ...] = ()


def parse_threads(text: str, server_id: int) -> Given:
    """Read mentions, ids and links that stand between spaces or commas."""
    ids: dict[int, None] = {}
    elsewhere: dict[int, None] = {}
    unread: list[str] = []
    spaced = _NEIGHBOURS.sub(" ", text)
    for word in filter(None, _BETWEEN.split(spaced)):
        found = next((m for form in _FORMS if (m := form.fullmatch(word))), None)
        if found is None:
            unread.append(word)
        elif int(found.groupdict().get("server") or server_id) != server_id:
            elsewhere[int(found["id"])] = None
        else:
            ids[int(found["id"])] = None
    return Given(tuple(ids), tuple(unread), tuple(elsewhere))


def parse_all(text: str, server_id: int) -> tuple[int, ...]:
    """Return the ids named in `text`; raises InputError if anything else stands in it."""
    given = parse_threads(text, server_id)
    wrong = [*given.unread, *map(str, given.elsewhere)]
    if wrong or not given.ids:
        shown = " ".join(wrong)[:100] or "nothing"
        raise InputError(
            f"{shown!r} names no thread of this server",
            "mention the thread, or give its id or its link",
        )
    return given.ids

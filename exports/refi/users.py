"""The users of any program's project -> coders with names of their own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from bot.domain.coding import CoderKind
from exports.refi.place import guid_of, refusal
from exports.refi.plain import unescape

NOBODY_NAMED = "unknown"
"""Who coded where a project does not say it."""

_OURS = re.compile(f"({'|'.join(CoderKind)}):(.+)", re.DOTALL)
# Other programs may drop the id, never the name.
_MODEL = re.compile(r".+ \(model(, version [0-9a-f]+)?\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class User:
    """A user as a coder."""

    name: str
    kind: CoderKind = CoderKind.HUMAN


def read_users(project: etree._Element, source: str | Path) -> dict[str, User]:
    """Return the project's users by GUID; users of one name get numbers.

    Raises InputError with the line for a user without GUID, and one that stands twice.
    """
    found: dict[str, User] = {}
    count: Counter[str] = Counter()
    for element in project.iterfind("{*}Users/{*}User"):
        guid = guid_of(element, source)
        if guid in found:
            raise refusal(element, f"guid {guid} stands twice", source)
        user = _user(element, guid)
        count[user.name] += 1
        if count[user.name] > 1:
            user = User(f"{user.name} ({count[user.name]})", user.kind)
        found[guid] = user
    return found


def _user(element: etree._Element, guid: str) -> User:
    ours = _OURS.fullmatch(element.get("id") or "")
    if ours:
        try:
            return User(unescape(ours[2]), CoderKind(ours[1]))
        except ValueError:
            pass  # an id of another program that only looks like one of ours
    name = (element.get("name") or "").strip() or (element.get("id") or "").strip() or guid
    return User(name, CoderKind.MODEL if _MODEL.fullmatch(name) else CoderKind.HUMAN)

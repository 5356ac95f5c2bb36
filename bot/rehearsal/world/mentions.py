"""Whom a text mentions, and whom Discord would therefore notify."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.rehearsal.world.accounts import User
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.messages import Json

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True)
class Mentions:
    """Who is notified by a text."""

    users: tuple[User, ...] = ()
    roles: tuple[str, ...] = ()
    everyone: bool = False


def mentions(guild: Guild, text: str, allowed: Json | None = None) -> Mentions:
    """Return who a text mentions; `allowed` is the sender's allowed_mentions, None: all."""
    kinds = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    named_users = None if "users" in kinds else (allowed or {}).get("users") or []
    named_roles = None if "roles" in kinds else (allowed or {}).get("roles") or []
    users = [
        guild.members[found].user
        for found in dict.fromkeys(USER.findall(text))
        if found in guild.members and _named(found, named_users)
    ]
    roles = [
        found
        for found in dict.fromkeys(ROLE.findall(text))
        if found in guild.roles and _named(found, named_roles)
    ]
    everyone = "everyone" in kinds and EVERYONE.search(text) is not None
    return Mentions(tuple(users), tuple(roles), everyone)


def _named(found: str, named: list[str | int] | None) -> bool:
    return named is None or found in {str(one) for one in named}

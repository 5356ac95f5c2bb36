"""Who may do what: decided here, whatever Discord shows or hides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.gateway.staff.parts import Interaction, client_of
from bot.storage.live_rows import Server

REVIEWING, UNITISING, ADJUDICATING = "review next", "review units", "review adjudicate"
"""Subcommands whose buttons ask for the same right at each click."""
CODING = frozenset(
    {
        *("code", "Correct code", "Show code", REVIEWING, UNITISING, "review progress"),
        *("model status", "model list"),
    }
)
"""What coders may do, a command with all that is in it; everything else is for researchers."""
SETTING_UP = "study"

# Discord's types of the options that are subcommands, and groups of them.
_SUBCOMMANDS = (1, 2)

REFUSED = "This is for the staff of a study only."
"""The one answer to whoever may not: it tells nothing about the study, not even if there is one."""

TO_KEEPERS = " You manage this server: with /study setup you can name the role of its researchers."
"""What a refusal adds for whoever manages the server, who could see as much in its settings."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is to the study of a server; `keeper` manages the server itself."""

    researcher: bool
    coder: bool
    keeper: bool

    def may(self, command: str) -> bool:
        """Tell whether the command is open to them, by its full name ("review next").

        What is open with its first word is open with all that follows.
        """
        first = command.split(" ", 1)[0]
        if first == SETTING_UP:
            return self.researcher or self.keeper
        return self.researcher or (self.coder and not CODING.isdisjoint({command, first}))


def standing(server: Server | None, roles: Collection[str], *, keeper: bool) -> Standing:
    """Return the standing of a member with these roles (their ids).

    Where no researcher role is named, whoever manages the server is the researcher: they
    alone could name one.
    """
    if server is None or server.researcher_role is None:
        researcher = keeper
    else:
        researcher = server.researcher_role in roles
    coder = server is not None and server.coder_role is not None and server.coder_role in roles
    return Standing(researcher, coder, keeper)


def standing_of(server: Server | None, member: discord.Member, *, keeper: bool = False) -> Standing:
    """Return the standing of a member by their present roles."""
    return standing(server, {str(role.id) for role in member.roles}, keeper=keeper)


def full_name(data: Mapping[str, Any]) -> str | None:
    """Return the name of the command used, with its subcommands; None where none was used.

    `data` is an interaction's, of a command or of its autocompletion.
    """
    words: list[str] = []
    here: Mapping[str, Any] | None = data
    while here is not None and isinstance(name := here.get("name"), str):
        words.append(name)
        inner = here.get("options") or ()
        here = next((one for one in inner if one.get("type") in _SUBCOMMANDS), None)
    return " ".join(words) or None


def may(interaction: Interaction, command: str) -> bool:
    """Tell whether the person of the interaction may use the command, by their present roles."""
    member = interaction.user
    if interaction.guild_id is None or not isinstance(member, discord.Member):
        return False
    desk = client_of(interaction).desks.of(str(interaction.guild_id))
    server = None if desk is None else desk.server
    keeper = interaction.permissions.manage_guild
    return standing_of(server, member, keeper=keeper).may(command)

"""Who may do what: decided here, whatever Discord shows or hides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import discord

from bot.gateway.staff.parts import Interaction, client_of
from bot.storage.live_rows import Server

CODING = frozenset({"code", "Correct code", "Show code"})
"""What coders may do; everything else is for researchers."""
SETTING_UP = "study"

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
        """Tell whether the command (the first word of a slash command) is open to them."""
        if command == SETTING_UP:
            return self.researcher or self.keeper
        return self.researcher or (self.coder and command in CODING)


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


def may(interaction: Interaction, command: str) -> bool:
    """Tell whether the person of the interaction may use the command, by their present roles."""
    member = interaction.user
    if interaction.guild_id is None or not isinstance(member, discord.Member):
        return False
    desk = client_of(interaction).desks.of(str(interaction.guild_id))
    roles = {str(role.id) for role in member.roles}
    server = None if desk is None else desk.server
    return standing(server, roles, keeper=interaction.permissions.manage_guild).may(command)

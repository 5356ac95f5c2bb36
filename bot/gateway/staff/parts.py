"""What commands need of the client, and how they come to their server's desk."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Protocol, cast

import discord
from discord import app_commands

from bot.domain.errors import InputError
from bot.gateway.followed import FollowedThreads
from bot.gateway.staff.turns import Turn, Turns
from bot.services.conduct import Poster
from bot.services.desk import Desk
from bot.services.desks import Desks
from bot.settings import Settings
from bot.storage.rows import SessionRow

if TYPE_CHECKING:
    from bot.gateway.nights import Nights

Interaction = discord.Interaction[discord.Client]


class Client(Protocol):
    """The part of the bot's client that commands use."""

    @property
    def desks(self) -> Desks:
        """One desk a server."""
        ...

    @property
    def followed(self) -> FollowedThreads:
        """The threads of all running sessions."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings that the bot was started with."""
        ...

    @property
    def tree(self) -> app_commands.CommandTree[Any]:
        """The commands."""
        ...

    @property
    def turns(self) -> Turns:
        """What the messages with buttons show by now."""
        ...

    def poster(self) -> Poster:
        """Return what posts into threads."""
        ...

    def follow(self, desk: Desk, session: SessionRow, /) -> Awaitable[object]:
        """Read again which threads a session follows, and catch up with them."""
        ...

    @property
    def nights(self) -> Nights:
        """What retrains, and tells how that ended."""
        ...

    def tell_staff(self, desk: Desk, text: str, /) -> Awaitable[object]:
        """Post a text in the staff channel of a desk."""
        ...

    def promoted(self, desk: Desk, /) -> Awaitable[object]:
        """Look at once which coder is to serve a desk."""
        ...

    def get_partial_messageable(self, id: int, /) -> discord.PartialMessageable:  # noqa: A002
        """Return a channel to post in, without asking Discord for it."""
        ...

    def add_dynamic_items(self, *items: type[discord.ui.DynamicItem[Any]]) -> None:
        """Let clicks on such items reach them, whichever run made their message."""
        ...

    def remove_dynamic_items(self, *items: type[discord.ui.DynamicItem[Any]]) -> None:
        """Undo `add_dynamic_items`."""
        ...


def client_of(interaction: Interaction) -> Client:
    """Return the client that the interaction reached."""
    return cast("Client", interaction.client)


def turn_of(interaction: Interaction) -> Turn:
    """Return the turn of the message whose button or form was used."""
    message = interaction.message
    return Turn() if message is None else client_of(interaction).turns.of(message.id)


def guild_of(interaction: Interaction) -> discord.Guild:
    """Return the server of the interaction; raises InputError outside of one."""
    if interaction.guild is None:
        raise InputError("this works in a server only", "use it in the study's server")
    return interaction.guild


def desk_of(interaction: Interaction) -> Desk:
    """Return the desk of the interaction's server; raises InputError before its set-up."""
    desk = client_of(interaction).desks.of(str(interaction.guild_id))
    if desk is None:
        raise InputError("this server holds no study yet", "begin with /study setup")
    return desk

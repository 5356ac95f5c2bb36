"""Who is there: users, their roles, and their membership of a guild."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from discord import Permissions


@dataclass
class User:
    """One account, of a person, a bot or a webhook."""

    id: str
    name: str
    bot: bool = False
    webhook: bool = False


@dataclass
class Role:
    """One role of a guild; the role with the guild's id is everyone's."""

    id: str
    name: str
    permissions: Permissions
    position: int
    managed_by: str | None = None

    @property
    def mention(self) -> str:
        """Return the text that mentions the role."""
        return f"<@&{self.id}>"


@dataclass
class Member:
    """A user as a member of one guild."""

    user: User
    guild_id: str
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """Return the user's name."""
        return self.user.name

    @property
    def mention(self) -> str:
        """Return the text that mentions the member."""
        return f"<@{self.id}>"


def permissions(*names: str) -> Permissions:
    """Return the set of the named permissions (names of discord.Permissions)."""
    return Permissions(**dict.fromkeys(names, True))


# What Discord lets everyone do in a new server, as far as it matters in a discussion.
EVERYONE = permissions(
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "create_private_threads",
    "read_message_history",
    "embed_links",
    "attach_files",
    "add_reactions",
    "use_application_commands",
    "mention_everyone",
)

# What the invite link of a bot of this kind asks for.
BOT = permissions(
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "read_message_history",
    "embed_links",
    "attach_files",
)

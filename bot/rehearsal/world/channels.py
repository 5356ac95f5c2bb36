"""Where people talk: channels, threads, and who may do what in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from discord import ChannelType

from bot.domain.errors import InputError
from bot.rehearsal.world.accounts import Member, Role

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World

Kind = Literal["text", "forum"]
TYPES: dict[Kind, int] = {"text": ChannelType.text.value, "forum": ChannelType.forum.value}
TEXT = ChannelType.text.value
FORUM = ChannelType.forum.value
PUBLIC = ChannelType.public_thread.value
PRIVATE = ChannelType.private_thread.value


@dataclass
class Overwrite:
    """What a channel allows or denies a role or a member beyond the guild's rule (bit sets)."""

    id: str
    member: bool
    allow: int = 0
    deny: int = 0


@dataclass
class Archive:
    """Whether a thread is put away, and since when."""

    archived: bool
    locked: bool
    changed_at: datetime
    # Minutes of silence after which Discord archives; the rehearsal does so only when told.
    after_minutes: int = 1440


@dataclass(eq=False)
class Channel:
    """One channel or thread of a guild; a thread has a parent and an archive."""

    world: World = field(repr=False)
    id: str
    guild_id: str
    name: str
    type: int
    position: int
    created_at: datetime
    parent_id: str | None = None
    owner_id: str | None = None
    archive: Archive | None = None
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    # Thread members: user id and when they joined.
    joined: dict[str, datetime] = field(default_factory=dict)
    # Ids of the messages that are there, ascending.
    message_ids: list[int] = field(default_factory=list, repr=False)
    last_message_id: str | None = None
    # Messages that count in a thread (all but its starter), and how many were ever sent.
    message_count: int = 0
    total_message_sent: int = 0

    @property
    def is_thread(self) -> bool:
        """Tell whether this is a thread (a forum's post is one)."""
        return self.parent_id is not None

    @property
    def private(self) -> bool:
        """Tell whether this is a private thread."""
        return self.type == PRIVATE

    @property
    def mention(self) -> str:
        """Return the text that mentions the channel."""
        return f"<#{self.id}>"

    @property
    def state(self) -> Archive:
        """Return the thread's archive; raises InputError for a channel that is no thread."""
        if self.archive is None:
            raise InputError(f"channel {self.name!r} is no thread", "name a thread")
        return self.archive

    def add_thread(
        self,
        name: str,
        *,
        private: bool = False,
        members: Sequence[Member] = (),
        owner: Member | None = None,
        text: str = "",
        from_message: str | None = None,
    ) -> Channel:
        """Return a new thread.

        `text` is the first message of a forum's post; `from_message` opens the thread at a
        message of the channel, whose id it then shares.
        """
        return self.world.threads.add(
            self,
            name,
            private=private,
            members=members,
            owner=owner,
            text=text,
            from_message=from_message,
        )

    def allow(self, who: Role | Member, *names: str) -> None:
        """Allow a role or member something here (names of discord.Permissions)."""
        self.world.structure.overwrite(self, who, allow=names)

    def deny(self, who: Role | Member, *names: str) -> None:
        """Deny a role or member something here (names of discord.Permissions)."""
        self.world.structure.overwrite(self, who, deny=names)

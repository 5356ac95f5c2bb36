"""The state of a loopback Discord: guilds, what was said in them, and who is told of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from discord import Permissions

from bot.domain.errors import InputError
from bot.rehearsal.world.accounts import Member, User
from bot.rehearsal.world.application import application_payload
from bot.rehearsal.world.calls import Call
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guild_payloads import guild_create_payload
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.message_payloads import event_payload
from bot.rehearsal.world.messages import DEFAULT, Json, Message, Upload
from bot.rehearsal.world.payloads import channel_payload, own_user_payload
from bot.rehearsal.world.permissions import channel_permissions, may_see
from bot.rehearsal.world.snowflakes import Snowflakes, wall_clock
from bot.rehearsal.world.structure import Structure
from bot.rehearsal.world.talk import Talk
from bot.rehearsal.world.threads import Threads
from bot.rehearsal.world.uploads import Uploads

# Called with the event's name, its payload, and its guild's id (None: a direct message's).
Listener = Callable[[str, Json, str | None], None]


class World:
    """Everything that is, in one place and for one event loop.

    Its changes are plain calls that tell the listeners, in order, before they return. A listener
    hears what the bot's account would: nothing of places that it does not see.
    """

    def __init__(
        self,
        seed: int = 0,
        now: Callable[[], datetime] = wall_clock,
        *,
        bot_name: str = "Intercoder",
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a rehearsal's names, no secrets
        self.snowflakes = Snowflakes(now)
        self.bot = User(str(self.snowflakes.next()), bot_name, bot=True)
        # Discord gives an application and its bot's account the same id.
        self.application_id = self.bot.id
        self.owner = User(str(self.snowflakes.next()), "operator")
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        # What the bot registered, by guild; None: for all guilds.
        self.commands: dict[str | None, list[Json]] = {}
        # Bytes that one file may have: a server without boosts.
        self.attachment_limit = 10 * 1024 * 1024
        # Uses of commands and components by their token.
        self.calls: dict[str, Call] = {}
        self.uploads = Uploads(self.snowflakes)
        self.structure = Structure(self)
        self.threads = Threads(self)
        self.talk = Talk(self)
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener every event from now on; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(
        self, event: str, payload: Json, guild_id: str | None, channel: Channel | None = None
    ) -> None:
        """Tell an event to the listeners, unless it is of a place that the bot does not see."""
        if channel is not None and not self.sees(channel):
            return
        for listener in tuple(self._listeners):
            listener(event, payload, guild_id)

    def token(self, length: int = 48) -> str:
        """Return a new unguessable-looking text, the same ones for the same seed."""
        alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.random.choices(alphabet, k=length))

    # The bot

    def bot_user(self) -> Json:
        """Return the bot's own user object."""
        return own_user_payload(self.bot)

    def application(self) -> Json:
        """Return the bot's application object."""
        return application_payload(self.bot, self.owner)

    # Guilds

    def add_guild(self, name: str, bot_permissions: Permissions | None = None) -> Guild:
        """Return a new guild that the bot was invited to, with these permissions."""
        return self.structure.add_guild(name, bot_permissions)

    def remove_bot(self, guild: Guild) -> None:
        """Take the bot out of a guild."""
        self.structure.remove_bot(guild)

    def bot_guilds(self) -> tuple[Guild, ...]:
        """Return the guilds that the bot is in."""
        return tuple(guild for guild in self.guilds.values() if self.bot.id in guild.members)

    def guild_ids(self) -> tuple[str, ...]:
        """Return the ids of the guilds that the bot is in."""
        return tuple(guild.id for guild in self.bot_guilds())

    def guild_create(self, guild_id: str) -> Json:
        """Return what GUILD_CREATE tells of a guild."""
        guild = self.guilds[guild_id]
        return guild_create_payload(guild, self.active_threads(guild), self.bot.id)

    # Channels

    def channel(self, of: Channel | str | int) -> Channel:
        """Return a channel or thread by its id; raises InputError if there is none."""
        if isinstance(of, Channel):
            return of
        if (channel := self.channels.get(str(of))) is None:
            raise InputError(f"no channel {of} in the rehearsal", "take the id of one")
        return channel

    def sees(self, of: Channel | str) -> bool:
        """Tell whether the bot sees a channel or thread; not one that is not there."""
        if (channel := of if isinstance(of, Channel) else self.channels.get(of)) is None:
            return False
        guild = self.guilds[channel.guild_id]
        return self.bot.id in guild.members and may_see(guild, guild.me, channel)

    def allowed(self, channel: Channel, member: Member | None = None) -> Permissions:
        """Return what a member, or else the bot, may do in a channel."""
        guild = self.guilds[channel.guild_id]
        return channel_permissions(guild, member or guild.me, channel)

    def active_threads(self, guild: Guild) -> tuple[Channel, ...]:
        """Return a guild's threads that the bot sees and nobody put away, newest first."""
        threads = [
            channel
            for channel in guild.channels.values()
            if channel.is_thread and not channel.state.archived and self.sees(channel)
        ]
        return tuple(sorted(threads, key=lambda thread: -int(thread.id)))

    def thread_payload(self, thread: Channel) -> Json:
        """Return a thread object with the bot's own membership."""
        return channel_payload(thread, member=self.bot.id)

    def archive(self, thread: Channel | str, *, locked: bool = False) -> None:
        """Put a thread away."""
        self.threads.archive(self.channel(thread), locked=locked)

    def unarchive(self, thread: Channel | str) -> None:
        """Take a thread out of the archive."""
        self.threads.unarchive(self.channel(thread))

    # Messages

    def message(self, message_id: str | int) -> Message:
        """Return a message by its id; raises InputError if there is none."""
        message = self.messages.get(str(message_id))
        if message is None or message.deleted:
            raise InputError(f"no message {message_id} in the rehearsal", "take the id of one")
        return message

    def say(
        self,
        channel_id: Channel | str | int,
        member: Member,
        text: str = "",
        *,
        reply_to: str | None = None,
        attachments: Sequence[Upload | str] = (),
        stickers: Sequence[str] = (),
        kind: int = DEFAULT,
        webhook: bool = False,
    ) -> Json:
        """Post a member's message (`webhook`: one in their name) and return its object."""
        message = self.talk.say(
            self.channel(channel_id),
            member,
            text,
            reply_to=reply_to,
            attachments=attachments,
            stickers=stickers,
            kind=kind,
            webhook=webhook,
        )
        return event_payload(self, message)

    def edit(self, message_id: str, text: str) -> None:
        """Change a message's text as its author does."""
        self.talk.edit(self.message(message_id), text)

    def embed_only_edit(self, message_id: str) -> None:
        """Give a message the preview of a link, as Discord does by itself."""
        self.talk.add_embed(self.message(message_id))

    def delete(self, message_id: str) -> None:
        """Remove a message."""
        self.talk.delete(self.message(message_id))

    def delete_many(self, message_ids: Sequence[str]) -> None:
        """Remove messages of one channel at once."""
        self.talk.delete_many([self.message(message_id) for message_id in message_ids])

    def said(self, channel: Channel | str | int) -> tuple[Message, ...]:
        """Return the messages that stand in a channel, oldest first."""
        return tuple(self.messages[str(one)] for one in self.channel(channel).message_ids)

"""Saying, editing and deleting: what people, the bot and webhooks do with messages."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.domain.errors import InputError
from bot.rehearsal.world.accounts import Member, User
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.mentions import mentions
from bot.rehearsal.world.message_payloads import event_payload
from bot.rehearsal.world.messages import DEFAULT, REPLY, THREAD_STARTER, Json, Message, Upload
from bot.rehearsal.world.permissions import channel_permissions, may_see

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World


class Talk:
    """Changes messages and tells the listeners; people's rights are checked, too."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(
        self,
        channel: Channel,
        member: Member,
        text: str,
        *,
        reply_to: str | None = None,
        attachments: Sequence[Upload | str] = (),
        stickers: Sequence[str] = (),
        kind: int = DEFAULT,
        webhook: bool = False,
    ) -> Message:
        """Post a person's message; raises InputError where the person may not speak."""
        world = self._world
        guild = world.guilds[channel.guild_id]
        if not webhook:
            self._check(member, channel)
        ids = world.snowflakes
        found = mentions(guild, text)
        message = Message(
            id=str(ids.next()),
            channel_id=channel.id,
            guild_id=guild.id,
            author=User(str(ids.next()), member.name, webhook=True) if webhook else member.user,
            content=text,
            sent_at=ids.now(),
            kind=kind,
            attachments=world.uploads.store_all(channel.id, attachments),
            stickers=[{"id": str(ids.next()), "name": name, "format_type": 1} for name in stickers],
            mentions=list(found.users),
            mention_roles=list(found.roles),
            mention_everyone=found.everyone,
        )
        if webhook:
            message.webhook_id = message.author.id
        if reply_to is not None:
            self.make_reply(message, reply_to)
        return self.post(message)

    def make_reply(self, message: Message, reply_to: str, *, notify: bool = True) -> None:
        """Make a message a reply to an earlier one of its channel."""
        earlier = self._world.message(reply_to)
        message.kind = REPLY
        message.reference = {
            "type": 0,
            "channel_id": earlier.channel_id,
            "message_id": earlier.id,
            "guild_id": earlier.guild_id,
        }
        if notify and earlier.author not in message.mentions:
            message.mentions.append(earlier.author)

    def post(self, message: Message) -> Message:
        """Keep a message and tell it; its thread comes out of the archive, its author joins."""
        world = self._world
        channel = world.channels[message.channel_id]
        world.messages[message.id] = message
        if not message.ephemeral:
            if channel.is_thread:
                world.threads.wake(channel)
                if message.webhook_id is None and message.kind != THREAD_STARTER:
                    world.threads.join(channel, message.author.id)
                self._count(channel, message)
            bisect.insort(channel.message_ids, int(message.id))
            channel.last_message_id = message.id
        self._tell("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, text: str) -> None:
        """Change a message's text as its author does."""
        found = mentions(self._world.guilds[message.guild_id], text)
        message.content = text
        message.mentions = list(found.users)
        message.edited_at = self._world.snowflakes.now()
        self.changed(message)

    def add_embed(self, message: Message) -> None:
        """Give a message the preview of a link, as Discord does some time after the message."""
        message.embeds = [{"type": "link", "url": "https://example.org/", "title": "A page"}]
        self.changed(message)

    def changed(self, message: Message) -> None:
        """Tell that a message is another now."""
        self._tell("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Remove a message and tell it."""
        payload: Json = {"id": message.id, "channel_id": message.channel_id}
        channel = self._forget(message)
        guild_id = None if message.ephemeral else message.guild_id
        if guild_id is not None:
            payload["guild_id"] = guild_id
        self._world.emit("MESSAGE_DELETE", payload, guild_id, channel)

    def delete_many(self, messages: Sequence[Message]) -> None:
        """Remove messages of one channel at once and tell it in one event."""
        if len({message.channel_id for message in messages}) != 1:
            raise InputError("messages of several channels", "delete those of one at a time")
        for message in messages:
            channel = self._forget(message)
        payload = {
            "ids": [message.id for message in messages],
            "channel_id": channel.id,
            "guild_id": channel.guild_id,
        }
        self._world.emit("MESSAGE_DELETE_BULK", payload, channel.guild_id, channel)

    def _tell(self, event: str, message: Message) -> None:
        guild_id = None if message.ephemeral else message.guild_id
        channel = self._world.channels[message.channel_id]
        self._world.emit(event, event_payload(self._world, message), guild_id, channel)

    def _forget(self, message: Message) -> Channel:
        channel = self._world.channels[message.channel_id]
        if message.deleted:
            raise InputError(f"message {message.id} is deleted already", "name one that is there")
        message.deleted = True
        if not message.ephemeral:
            channel.message_ids.remove(int(message.id))
            if message.id != channel.id and message.kind != THREAD_STARTER:
                channel.message_count -= 1
        return channel

    def _count(self, channel: Channel, message: Message) -> None:
        """Count a thread's message; its starter does not count."""
        message.position = channel.message_count
        if message.id != channel.id and message.kind != THREAD_STARTER:
            channel.message_count += 1
            channel.total_message_sent += 1

    def _check(self, member: Member, channel: Channel) -> None:
        guild = self._world.guilds[channel.guild_id]
        allowed = channel_permissions(guild, member, channel)
        if not may_see(guild, member, channel) or not allowed.send_messages:
            raise InputError(
                f"{member.name} may not write in {channel.name!r}",
                "add the person to the thread or allow it in the channel",
            )
        if channel.is_thread and channel.state.locked:
            raise InputError(f"thread {channel.name!r} is locked", "unlock it")

"""Message objects: as REST returns them and as the gateway tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rehearsal.world.messages import Json, Message
from bot.rehearsal.world.payloads import partial_member, stamp, user_payload

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World


def message_payload(world: World, message: Message, *, referenced: bool = True) -> Json:
    """Return a message object as REST gives it; `referenced` adds the message replied to."""
    payload: Json = {
        "id": message.id,
        "channel_id": message.channel_id,
        "type": message.kind,
        "content": message.content,
        "author": user_payload(message.author),
        "timestamp": stamp(message.sent_at),
        "edited_timestamp": None if message.edited_at is None else stamp(message.edited_at),
        "flags": message.flags,
        "attachments": message.attachments,
        "embeds": message.embeds,
        "components": message.components,
        "mentions": [user_payload(user) for user in message.mentions],
        "mention_roles": message.mention_roles,
        "mention_everyone": message.mention_everyone,
        "pinned": False,
        "tts": False,
    }
    optional = {
        "sticker_items": message.stickers or None,
        "nonce": message.nonce,
        "position": message.position,
        "webhook_id": message.webhook_id,
        "application_id": message.application_id,
        "interaction_metadata": message.caused_by,
        "message_reference": message.reference,
    }
    payload |= {key: value for key, value in optional.items() if value is not None}
    thread = world.channels.get(message.id)
    if thread is not None and message.channel_id == thread.parent_id:
        payload["thread"] = world.thread_payload(thread)
    if referenced and message.reference is not None and "message_id" in message.reference:
        earlier = world.messages.get(message.reference["message_id"])
        gone = earlier is None or earlier.deleted
        payload["referenced_message"] = (
            None if earlier is None or gone else message_payload(world, earlier, referenced=False)
        )
    return payload


def event_payload(world: World, message: Message) -> Json:
    """Return a message object as the gateway tells it.

    With the guild and the author's membership; an ephemeral message has neither, since it
    travels like a direct message.
    """
    payload = message_payload(world, message)
    if message.ephemeral:
        return payload
    guild = world.guilds[message.guild_id]
    payload["guild_id"] = message.guild_id
    author = guild.members.get(message.author.id)
    if author is not None and message.webhook_id is None:
        payload["member"] = partial_member(author)
    payload["mentions"] = [
        user_payload(user)
        | ({"member": partial_member(guild.members[user.id])} if user.id in guild.members else {})
        for user in message.mentions
    ]
    return payload

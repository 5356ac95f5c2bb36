"""Posting, changing and deleting messages."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.composing import Composing
from bot.rehearsal.rest.errors import (
    ARCHIVED,
    NOT_A_TEXT_CHANNEL,
    NOT_THE_AUTHOR,
    SYSTEM_MESSAGE,
    TOO_FEW_OR_MANY,
    refused,
)
from bot.rehearsal.rest.form import Form
from bot.rehearsal.rest.wire import BODY, Body, reply
from bot.rehearsal.world.channels import FORUM, Channel
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.messages import DEFAULT, REPLY, Json, Message
from bot.rehearsal.world.world import World

# How long Discord remembers a nonce.
NONCE_LIFE = timedelta(minutes=5)


class MessageRoutes:
    """What the bot says in channels."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)
        self._composing = Composing(world)
        # Messages by channel and nonce.
        self._nonces: dict[tuple[str, str], Message] = {}

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        one = "/channels/{channel_id}/messages/{message_id}"
        return [
            web.post("/channels/{channel_id}/messages", self.post),
            web.post("/channels/{channel_id}/messages/bulk-delete", self.delete_many),
            web.patch(one, self.edit),
            web.delete(one, self.delete),
            web.post("/channels/{channel_id}/typing", self.typing),
        ]

    async def post(self, request: web.Request) -> web.Response:
        """Post a message and answer with it; the same nonce again answers with the same one."""
        channel = self._access.channel(request, "send_messages")
        body = request[BODY]
        fields = body.fields
        self._check_place(channel, body, fields)
        nonce = fields.get("nonce")
        earlier = self._nonces.get((channel.id, str(nonce)))
        if earlier is not None and fields.get("enforce_nonce") and self._fresh(earlier):
            return reply(message_payload(self._world, earlier))
        message = self._composing.new(channel, body, fields)
        message.nonce = nonce
        self._refer(message, channel, fields)
        self._world.talk.post(message)
        if nonce is not None:
            self._nonces[channel.id, str(nonce)] = message
        return reply(message_payload(self._world, message))

    async def edit(self, request: web.Request) -> web.Response:
        """Change a message of the bot's own and answer with it."""
        channel = self._access.channel(request)
        message = self._access.message(request, channel)
        if message.author.id != self._world.bot.id:
            raise refused(NOT_THE_AUTHOR)
        body = request[BODY]
        self._composing.change(message, body, body.fields)
        message.edited_at = self._world.snowflakes.now()
        self._world.talk.changed(message)
        return reply(message_payload(self._world, message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message: an own one, or any with the right to manage messages."""
        channel = self._access.channel(request)
        message = self._access.message(request, channel)
        if message.author.id != self._world.bot.id:
            self._access.need(channel, "manage_messages")
        if message.kind not in (DEFAULT, REPLY, 18, 20, 23):
            raise refused(SYSTEM_MESSAGE)
        self._world.talk.delete(message)
        return reply()

    async def delete_many(self, request: web.Request) -> web.Response:
        """Delete two to a hundred messages at once; those that are not there do not matter."""
        channel = self._access.channel(request, "manage_messages")
        ids: list[str] = request[BODY].fields.get("messages") or []
        if not 2 <= len(ids) <= 100:
            raise refused(TOO_FEW_OR_MANY)
        there = set(channel.message_ids)
        found = [self._world.messages[str(one)] for one in ids if int(one) in there]
        if found:
            self._world.talk.delete_many(found)
        return reply()

    async def typing(self, request: web.Request) -> web.Response:
        """Take note that the bot is typing."""
        self._access.channel(request, "send_messages")
        return reply()

    def _check_place(self, channel: Channel, body: Body, fields: Json) -> None:
        if channel.type == FORUM:
            raise refused(NOT_A_TEXT_CHANNEL)
        if channel.is_thread and channel.state.locked:
            raise refused(ARCHIVED)
        if body.files:
            self._access.need(channel, "attach_files")
        if fields.get("embeds"):
            self._access.need(channel, "embed_links")

    def _refer(self, message: Message, channel: Channel, fields: Json) -> None:
        reference = fields.get("message_reference")
        if reference is None:
            return
        self._access.need(channel, "read_message_history")
        earlier = self._world.messages.get(str(reference.get("message_id")))
        if earlier is None or earlier.deleted or earlier.channel_id != channel.id:
            form = Form()
            if reference.get("fail_if_not_exists", True):
                form.fault(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.check()
            # The sender did not insist: the message is posted without the reference.
            return
        allowed = fields.get("allowed_mentions")
        notify = allowed is None or bool(allowed.get("replied_user"))
        self._world.talk.make_reply(message, earlier.id, notify=notify)

    def _fresh(self, message: Message) -> bool:
        return self._world.snowflakes.now() - message.sent_at < NONCE_LIFE

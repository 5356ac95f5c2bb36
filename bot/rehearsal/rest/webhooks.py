"""What the bot says after its first answer: changes to it, and further messages."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.callbacks import mark
from bot.rehearsal.rest.composing import Composing
from bot.rehearsal.rest.errors import UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, refused
from bot.rehearsal.rest.wire import BODY, Body, reply
from bot.rehearsal.world.calls import TOKEN_LIFE, Call
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.messages import EPHEMERAL, LOADING, Message
from bot.rehearsal.world.world import World

HOOK = "/webhooks/{webhook_id}/{webhook_token}"


class WebhookRoutes:
    """Messages by the token of a use; it is good for fifteen minutes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._composing = Composing(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes; the first answer before messages by their ids."""
        routes = [web.post(HOOK, self.follow_up)]
        for place in ("/messages/@original", "/messages/{message_id}"):
            routes += [
                web.get(HOOK + place, self.read),
                web.patch(HOOK + place, self.edit),
                web.delete(HOOK + place, self.delete),
            ]
        return routes

    async def follow_up(self, request: web.Request) -> web.Response:
        """Post a further message; the first one after a deferral takes its place."""
        call = self._call(request)
        body = request[BODY]
        original = call.original
        if original is not None and not original.deleted and original.flags & LOADING:
            self._change(call, original, body)
            return reply(message_payload(self._world, original))
        ephemeral = (body.fields.get("flags") or 0) & EPHEMERAL
        message = self._composing.new(
            call.channel, body, body.fields, only_for=call.member.id if ephemeral else None
        )
        mark(self._world, call, message)
        self._world.talk.post(message)
        call.add(message)
        return reply(message_payload(self._world, message))

    async def read(self, request: web.Request) -> web.Response:
        """Answer with a message."""
        message = self._message(self._call(request), request)
        return reply(message_payload(self._world, message))

    async def edit(self, request: web.Request) -> web.Response:
        """Change a message and answer with it."""
        call = self._call(request)
        message = self._message(call, request)
        self._change(call, message, request[BODY])
        return reply(message_payload(self._world, message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message, also one that only one person sees."""
        call = self._call(request)
        self._world.talk.delete(self._message(call, request))
        call.settled.set()
        return reply()

    def _change(self, call: Call, message: Message, body: Body) -> None:
        self._composing.change(message, body, body.fields)
        if message.flags & LOADING:
            message.flags &= ~LOADING
        else:
            message.edited_at = self._world.snowflakes.now()
        self._world.talk.changed(message)
        if message is call.original:
            call.settled.set()

    def _call(self, request: web.Request) -> Call:
        """Return the use that a token belongs to; there is none before the first answer."""
        call = self._world.calls.get(request.match_info["webhook_token"])
        if (
            call is None
            or call.answer is None
            or request.match_info["webhook_id"] != self._world.application_id
            or self._world.snowflakes.now() - call.made_at > TOKEN_LIFE
        ):
            raise refused(UNKNOWN_WEBHOOK)
        return call

    def _message(self, call: Call, request: web.Request) -> Message:
        """Return a message of this use: the first answer, or one by its id."""
        message_id = request.match_info.get("message_id")
        found = call.original if message_id is None else self._world.messages.get(message_id)
        if found is None or found.deleted:
            raise refused(UNKNOWN_MESSAGE)
        ours = found is call.original or (found.caused_by or {}).get("id") == call.id
        if not ours:
            raise refused(UNKNOWN_MESSAGE)
        return found

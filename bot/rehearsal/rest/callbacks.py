"""The bot's first answer to a use of a command, button, menu or modal."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.command_form import check_choices
from bot.rehearsal.rest.component_form import check_modal
from bot.rehearsal.rest.composing import Composing
from bot.rehearsal.rest.errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, refused
from bot.rehearsal.rest.form import Form
from bot.rehearsal.rest.wire import BODY, Body, reply
from bot.rehearsal.world.calls import (
    ANSWERS,
    ASK,
    CHOICES,
    DEFERRED_MESSAGE,
    DEFERRED_UPDATE,
    MESSAGE,
    UPDATE,
    Call,
)
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.messages import EPHEMERAL, LOADING, Json, Message
from bot.rehearsal.world.world import World


class CallbackRoutes:
    """Takes one answer for each use, in time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._composing = Composing(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        path = "/interactions/{interaction_id}/{interaction_token}/callback"
        return [web.post(path, self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        """Take the answer; says what became of it if it is asked to."""
        call = self._world.calls.get(request.match_info["interaction_token"])
        if call is None or call.lapsed or call.id != request.match_info["interaction_id"]:
            raise refused(UNKNOWN_INTERACTION)
        if call.answer is not None:
            raise refused(ALREADY_ACKNOWLEDGED)
        body = request[BODY]
        kind = body.fields.get("type")
        self._check(call, kind)
        self._take(call, kind, body, body.fields.get("data") or {})
        call.answer = kind
        call.answered.set()
        if kind not in (DEFERRED_MESSAGE, DEFERRED_UPDATE):
            call.settled.set()
        if request.query.get("with_response", "false").lower() not in ("1", "true"):
            return reply()
        return reply(self._outcome(call, kind))

    def _check(self, call: Call, kind: int | None) -> None:
        form = Form()
        form.choice(("type",), kind, ANSWERS[call.kind])
        if kind in (UPDATE, DEFERRED_UPDATE) and call.source is None:
            form.fault(("type",), "BASE_TYPE_CHOICES", "There is no message to update.")
        form.check()

    def _take(self, call: Call, kind: int | None, body: Body, data: Json) -> None:
        if kind == CHOICES:
            choices = data.get("choices") or []
            check_choices(choices)
            call.choices = choices
        elif kind == ASK:
            form = Form()
            check_modal(form, ("data",), data)
            form.check()
            call.modal = data
        elif kind == MESSAGE:
            message = self._composing.new(call.channel, body, data, only_for=_only_for(call, data))
            call.original = self._post(call, message)
        elif kind == DEFERRED_MESSAGE:
            call.original = self._post(call, self._thinking(call, data))
        elif call.source is not None:
            call.original = call.source
            if kind == UPDATE:
                self._composing.change(call.source, body, data)
                self._world.talk.changed(call.source)

    def _thinking(self, call: Call, data: Json) -> Message:
        """Return the message that people see while the bot is thinking."""
        message = Message(
            id=str(self._world.snowflakes.next()),
            channel_id=call.channel.id,
            guild_id=call.channel.guild_id,
            author=self._world.bot,
            content="",
            sent_at=self._world.snowflakes.now(),
            flags=LOADING,
            only_for=_only_for(call, data),
        )
        message.flags |= EPHEMERAL if message.ephemeral else 0
        return message

    def _post(self, call: Call, message: Message) -> Message:
        mark(self._world, call, message)
        message.kind = call.message_kind
        return self._world.talk.post(message)

    def _outcome(self, call: Call, kind: int | None) -> Json:
        interaction: Json = {
            "id": call.id,
            "type": call.kind,
            "channel_id": call.channel.id,
            "guild_id": call.channel.guild_id,
        }
        if call.original is None:
            return {"interaction": interaction}
        interaction |= {
            "response_message_id": call.original.id,
            "response_message_loading": kind == DEFERRED_MESSAGE,
            "response_message_ephemeral": call.original.ephemeral,
        }
        if kind not in (MESSAGE, UPDATE):
            return {"interaction": interaction}
        message = message_payload(self._world, call.original)
        return {"interaction": interaction, "resource": {"type": kind, "message": message}}


def mark(world: World, call: Call, message: Message) -> None:
    """Write on a message which use caused it."""
    message.application_id = message.webhook_id = world.application_id
    message.caused_by = call.metadata()


def _only_for(call: Call, data: Json) -> str | None:
    """Return whom a new message is for: the caller alone, if it is to be ephemeral."""
    return call.member.id if (data.get("flags") or 0) & EPHEMERAL else None

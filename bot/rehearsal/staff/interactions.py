"""A member of the staff at work: commands, menus, buttons and modals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from discord import MessageType

from bot.domain.errors import InputError
from bot.rehearsal.rest.component_form import BUTTON, ENTITY_SELECTS, LINK_STYLE, SELECT
from bot.rehearsal.staff.answers import Answer, NoAnswerError
from bot.rehearsal.staff.controls import check_chosen, control, filled
from bot.rehearsal.staff.offers import Offer, Offers, Value, encode
from bot.rehearsal.staff.resolved import Resolved
from bot.rehearsal.staff.uses import use_payload
from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.calls import AUTOCOMPLETE, COMMAND, COMPONENT, DEFERRED_UPDATE, MODAL, Call
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.messages import Json, Message
from bot.rehearsal.world.permissions import may_see
from bot.rehearsal.world.world import World

__all__ = ["Answer", "NoAnswerError", "Staff"]

# Discord gives a bot so many seconds for its first answer.
PATIENCE = 3.0
# How long a person here waits for what the bot deferred.
LONGEST = 60.0


class Place(Protocol):
    """Whatever has a world, as the server that serves it."""

    @property
    def world(self) -> World:
        """Return the world."""
        ...


class Staff:
    """Someone in a channel who uses what the bot offers.

    Only what Discord offers can be used (InputError otherwise), and only what this person sees;
    `hidden_too` uses commands that Discord would hide for want of permissions, too.
    """

    def __init__(
        self,
        world: World | Place,
        guild: Guild,
        channel: Channel | str,
        member: Member,
        *,
        patience: float = PATIENCE,
        longest: float = LONGEST,
        hidden_too: bool = False,
    ) -> None:
        self.world = world if isinstance(world, World) else world.world
        self.member = member
        self.channel = self.world.channel(channel)
        self._guild = guild
        self._offers = Offers(self.world, guild.id)
        self._patience = patience
        self._longest = longest
        self._hidden_too = hidden_too

    def at(self, channel: Channel | str) -> Staff:
        """Return the same person in another channel."""
        return Staff(
            self.world,
            self._guild,
            channel,
            self.member,
            patience=self._patience,
            longest=self._longest,
            hidden_too=self._hidden_too,
        )

    async def slash(self, command: str, **options: Value) -> Answer:
        """Use a slash command, named as "scenario start", with options by their names."""
        offer = self._offers.slash(command)
        self._check(offer)
        resolved = self._resolved()
        encoded = encode(offer, options, resolved)
        kind = MessageType.chat_input_command.value
        call = self._call(COMMAND, message_kind=kind)
        return await self._use(call, offer.data(encoded, resolved.payload))

    async def autocomplete(
        self, command: str, option: str, value: str, **others: Value
    ) -> list[Json]:
        """Type in an option and return what is suggested: name and value of each choice."""
        offer = self._offers.slash(command)
        self._check(offer)
        found = [one for one in offer.options if one["name"] == option]
        if not found or not found[0].get("autocomplete"):
            raise InputError(f"option {option!r} of /{command} suggests nothing", "name another")
        resolved = self._resolved()
        encoded = encode(offer, {**others, option: value}, resolved, option)
        answer = await self._use(self._call(AUTOCOMPLETE), offer.data(encoded, resolved.payload))
        return answer.choices

    async def context_menu(self, name: str, message_id: str) -> Answer:
        """Open the context menu of a message and choose a command."""
        offer = self._offers.menu(name)
        self._check(offer)
        target = self.read(message_id)
        here = self.at(target.channel_id)
        resolved = here._resolved()  # noqa: SLF001 - the same person
        resolved.add(target)
        kind = MessageType.context_menu_command.value
        call = here._call(COMMAND, message_kind=kind)  # noqa: SLF001 - the same person
        call.target = target
        data = offer.data([], resolved.payload) | {"target_id": target.id}
        return await self._use(call, data)

    async def click(self, where: Answer | Message | str, button: str | None = None) -> Answer:
        """Press a button: of an answer or message, by custom id or label (None: the only one)."""
        message = self._message(where)
        item = control(message, button, (BUTTON,))
        if item.get("style") == LINK_STYLE:
            raise InputError("a link tells the bot nothing", "name another button")
        data = {"component_type": BUTTON, "custom_id": item["custom_id"], "id": item["id"]}
        return await self._use(self._component(message), data)

    async def select(
        self,
        where: Answer | Message | str,
        values: Sequence[str | Value],
        menu: str | None = None,
    ) -> Answer:
        """Choose values of a menu: of an answer or message, by custom id (None: the only one)."""
        message = self._message(where)
        item = control(message, menu, (SELECT, *ENTITY_SELECTS))
        resolved = self._resolved()
        check_chosen(item, values)
        if item["type"] == SELECT:
            chosen = [str(value) for value in values]
        else:
            chosen = [resolved.add(value) for value in values]
        data: Json = {
            "component_type": item["type"],
            "custom_id": item["custom_id"],
            "id": item["id"],
            "values": chosen,
        }
        if resolved.payload:
            data["resolved"] = resolved.payload
        return await self._use(self._component(message), data)

    async def submit(self, answer: Answer, values: Mapping[str, str]) -> Answer:
        """Fill in and send the modal that an answer opened; `values` by custom id or label."""
        modal = answer.modal
        if modal is None:
            raise InputError("the answer opened no modal", "use what opens one")
        call = self._call(MODAL)
        call.source = answer.call.source
        call.opened_by = answer.call
        data = {
            "custom_id": modal["custom_id"],
            "components": filled(modal["components"], values),
        }
        return await self._use(call, data)

    def read(self, message_id: str) -> Message:
        """Return a message as this person sees it; raises InputError where they do not."""
        message = self.world.message(message_id)
        channel = self.world.channels[message.channel_id]
        if not may_see(self._guild, self.member, channel):
            raise InputError(f"{self.member.name} does not see {channel.name!r}", "ask another")
        if message.only_for not in (None, self.member.id):
            raise InputError(
                f"message {message.id} is shown to somebody else alone", "take a message for all"
            )
        return message

    def _check(self, offer: Offer) -> None:
        if not may_see(self._guild, self.member, self.channel):
            raise InputError(
                f"{self.member.name} does not see {self.channel.name!r}", "take another channel"
            )
        if not self._hidden_too:
            self._offers.check(offer, self.member, self.channel)

    def _resolved(self) -> Resolved:
        return Resolved(self.world, self._guild, self.member, self.channel)

    def _call(self, kind: int, *, message_kind: int = 0) -> Call:
        world = self.world
        call = Call(
            id=str(world.snowflakes.next()),
            token=world.token(),
            kind=kind,
            member=self.member,
            channel=self.channel,
            made_at=world.snowflakes.now(),
            message_kind=message_kind,
        )
        world.calls[call.token] = call
        return call

    def _component(self, message: Message) -> Call:
        here = self.at(message.channel_id)
        call = here._call(COMPONENT)  # noqa: SLF001 - the same person
        call.source = message
        return call

    def _message(self, where: Answer | Message | str) -> Message:
        if isinstance(where, Answer):
            if where.message is None:
                raise InputError("the answer shows no message", "use one that does")
            where = where.message
        return self.read(where.id if isinstance(where, Message) else where)

    async def _use(self, call: Call, data: Json) -> Answer:
        """Tell the bot of a use and wait for what this person sees of it."""
        begun = time.monotonic()
        # The bot hears of uses also in channels that it does not see.
        payload = use_payload(self.world, call, data)
        self.world.emit("INTERACTION_CREATE", payload, self._guild.id)
        try:
            await asyncio.wait_for(call.answered.wait(), self._patience)
        except TimeoutError:
            call.lapsed = True
            raise NoAnswerError(f"the bot did not answer within {self._patience:g} s") from None
        elapsed = time.monotonic() - begun
        await self._settle(call)
        message = call.original
        shown = None if call.modal is not None or call.choices is not None else message
        return Answer(
            call, self.member, self.world.uploads, shown, elapsed, time.monotonic() - begun
        )

    async def _settle(self, call: Call) -> None:
        try:
            await asyncio.wait_for(call.settled.wait(), self._longest)
        except TimeoutError:
            if call.answer == DEFERRED_UPDATE:
                # A button whose use is only taken note of need not change anything.
                return
            raise NoAnswerError(
                f"the bot deferred and then did not answer within {self._longest:g} s"
            ) from None

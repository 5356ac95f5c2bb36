"""One use of a command, button, menu or modal, and what the bot answers to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from discord import InteractionResponseType, InteractionType

from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import Json, Message
from bot.rehearsal.world.payloads import user_payload

COMMAND = InteractionType.application_command.value
COMPONENT = InteractionType.component.value
AUTOCOMPLETE = InteractionType.autocomplete.value
MODAL = InteractionType.modal_submit.value

MESSAGE = InteractionResponseType.channel_message.value
DEFERRED_MESSAGE = InteractionResponseType.deferred_channel_message.value
DEFERRED_UPDATE = InteractionResponseType.deferred_message_update.value
UPDATE = InteractionResponseType.message_update.value
CHOICES = InteractionResponseType.autocomplete_result.value
ASK = InteractionResponseType.modal.value

# How a bot may answer each kind of use.
ANSWERS = {
    COMMAND: (MESSAGE, DEFERRED_MESSAGE, ASK),
    COMPONENT: (MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, ASK),
    AUTOCOMPLETE: (CHOICES,),
    MODAL: (MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE),
}
# For so long the bot may send and change messages with the token of a use.
TOKEN_LIFE = timedelta(minutes=15)


@dataclass(eq=False)
class Call:
    """A use and its state; `settled` is set when the person sees a result."""

    id: str
    token: str
    kind: int
    member: Member
    channel: Channel
    made_at: datetime
    # The message whose button, menu or modal was used.
    source: Message | None = None
    # The use that opened the modal.
    opened_by: Call | None = None
    # Discord's number for how the message came about: a slash command, a context menu.
    message_kind: int = 0
    # The message a context menu was opened on.
    target: Message | None = None
    answer: int | None = None
    # Nobody waits any more: the bot was too slow.
    lapsed: bool = False
    original: Message | None = None
    choices: list[Json] | None = None
    modal: Json | None = None
    # Messages after the first answer.
    further: list[Message] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    followups: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    def metadata(self) -> Json:
        """Return what a message says of the use that caused it."""
        payload: Json = {
            "user": user_payload(self.member.user),
            "id": self.id,
            "type": self.kind,
            "authorizing_integration_owners": {"0": self.channel.guild_id},
        }
        if self.kind == COMPONENT and self.source is not None:
            payload["interacted_message_id"] = self.source.id
        if self.kind == MODAL and self.opened_by is not None:
            payload["triggering_interaction_metadata"] = self.opened_by.metadata()
        if self.target is not None:
            payload["target_message_id"] = self.target.id
        return payload

    def add(self, message: Message) -> None:
        """Add a message after the first answer."""
        self.further.append(message)
        self.followups.put_nowait(message)
        self.settled.set()

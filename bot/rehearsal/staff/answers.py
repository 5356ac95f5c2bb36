"""What a member of the staff gets to see after using a command."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.errors import IntercoderError
from bot.rehearsal.world.calls import Call
from bot.rehearsal.world.messages import Json, Message
from bot.rehearsal.world.uploads import Uploads

if TYPE_CHECKING:
    from bot.rehearsal.world.accounts import Member


class NoAnswerError(IntercoderError):
    """The bot did not answer in time; Discord shows "The application did not respond"."""


@dataclass
class Answer:
    """A result as it stands now: it changes when the bot edits it.

    `elapsed` is the seconds to the bot's first answer, `settled_in` those until there was
    something to read. Fields are empty for a modal (`modal`) and for choices.
    """

    call: Call
    member: Member
    uploads: Uploads = field(repr=False)
    message: Message | None
    elapsed: float
    settled_in: float

    @property
    def content(self) -> str:
        """Return the text."""
        return "" if self.message is None else self.message.content

    @property
    def embeds(self) -> list[Json]:
        """Return the embeds."""
        return [] if self.message is None else self.message.embeds

    @property
    def components(self) -> list[Json]:
        """Return the rows of buttons and menus."""
        return [] if self.message is None else self.message.components

    @property
    def ephemeral(self) -> bool:
        """Tell whether nobody else sees it."""
        return self.message is not None and self.message.ephemeral

    @property
    def deleted(self) -> bool:
        """Tell whether the bot took it away."""
        return self.message is not None and self.message.deleted

    @property
    def modal(self) -> Json | None:
        """Return the modal that was opened instead of a message."""
        return self.call.modal

    @property
    def choices(self) -> list[Json]:
        """Return what was suggested while typing."""
        return self.call.choices or []

    @property
    def attachments(self) -> dict[str, bytes]:
        """Return the files by their names."""
        found = {}
        for attachment in [] if self.message is None else self.message.attachments:
            stored = self.uploads.find(attachment["id"])
            found[attachment["filename"]] = b"" if stored is None else stored.data
        return found

    @property
    def text(self) -> str:
        """Return all that can be read: the text, then titles, fields and texts of embeds."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title", ""), embed.get("description", "")]
            for one in embed.get("fields", ()):
                parts += [one["name"], one["value"]]
            parts.append((embed.get("footer") or {}).get("text", ""))
        return "\n".join(part for part in parts if part)

    @property
    def followups(self) -> tuple[Answer, ...]:
        """Return the further messages so far that belong to the same use."""
        return tuple(self._as_answer(one) for one in self.call.further if one is not self.message)

    async def followup(self, seconds: float = 10.0) -> Answer:
        """Wait for the next further message; raises NoAnswerError if none comes in time."""
        try:
            message = await asyncio.wait_for(self.call.followups.get(), seconds)
        except TimeoutError:
            raise NoAnswerError(f"no further message within {seconds:g} s") from None
        return self._as_answer(message)

    def items(self) -> list[Json]:
        """Return the buttons and menus, in their order."""
        return [item for row in self.components for item in row.get("components", ())]

    def _as_answer(self, message: Message) -> Answer:
        return Answer(self.call, self.member, self.uploads, message, self.elapsed, self.settled_in)

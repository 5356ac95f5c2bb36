"""Which item a person's message shows by now, so that a late click is known as one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

_MOST = 5_000  # messages that are remembered: a few hundred bytes each


@dataclass(eq=False, slots=True)
class Turn:
    """A message with buttons: what it shows (None: not known), and a lock for the next click."""

    shown: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def late(self, clicked: str) -> bool:
        """Tell whether a click meant something that the message no longer shows."""
        return self.shown is not None and self.shown != clicked


class Turns:
    """The turns of all messages; after a restart of the bot none is known.

    People click twice. Before the answer to the first click is on their screen, the second
    still names what was shown then: it must neither code the next message nor undo twice.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[int, Turn] = OrderedDict()

    def of(self, message_id: int) -> Turn:
        """Return the turn of a message."""
        turn = self._turns.setdefault(message_id, Turn())
        self._turns.move_to_end(message_id)
        if len(self._turns) > _MOST:
            self._turns.popitem(last=False)
        return turn

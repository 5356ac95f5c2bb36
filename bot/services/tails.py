"""The last messages of each discussion in memory, so that windows need no query.

Only a cache of the log: whenever something but the next message happens to a discussion,
its tail is forgotten and read again.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from bot.domain.discussion import Message
from bot.storage.messages import Messages
from bot.storage.rows import StoredMessage

_DISCUSSIONS = 1_000  # tails kept; the one used longest ago goes first


class Tails:
    """Tails of up to `length` messages. `epoch` rises with everything that is forgotten."""

    def __init__(self, messages: Messages, length: int) -> None:
        self.epoch = 0
        self._messages = messages
        self._length = length
        self._tails: OrderedDict[int, deque[Message]] = OrderedDict()

    async def before(self, stored: StoredMessage) -> tuple[Message, ...]:
        """Return the last messages before `stored` in its discussion, oldest first."""
        tail = self._tails.get(stored.discussion_id)
        sequence = stored.message.sequence
        if tail is not None and tail[-1].sequence == sequence - 1:
            return tuple(tail)
        if sequence == 1:
            return ()
        return await self._messages.before(stored.discussion_id, sequence, self._length)

    def follow(self, earlier: tuple[Message, ...], stored: StoredMessage) -> None:
        """Keep `earlier` and `stored` itself as the tail before the next message."""
        if not self._length:
            return
        tail = self._tails.get(stored.discussion_id)
        if tail is not None and tail[-1].sequence == stored.message.sequence - 1:
            tail.append(stored.message)
        else:
            kept = deque((*earlier, stored.message), maxlen=self._length)
            self._tails[stored.discussion_id] = kept
        self._tails.move_to_end(stored.discussion_id)
        if len(self._tails) > _DISCUSSIONS:
            self._tails.popitem(last=False)

    def forget(self, discussion_id: int) -> None:
        """Read this discussion's tail again when it is next needed."""
        self.epoch += 1
        self._tails.pop(discussion_id, None)

    def clear(self) -> None:
        """Read every tail again when it is next needed."""
        self.epoch += 1
        self._tails.clear()

"""What was seen lately, up to a bound: enough to tell a second or a late event as one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values noted last, by message id; older ones are forgotten beyond `bound`."""

    def __init__(self, bound: int = 10_000) -> None:
        self._bound = bound
        self._values: OrderedDict[int, Value] = OrderedDict()

    def note(self, message_id: int, value: Value) -> None:
        """Remember `value` for a message."""
        self._values[message_id] = value
        self._values.move_to_end(message_id)
        if len(self._values) > self._bound:
            self._values.popitem(last=False)

    def get(self, message_id: int) -> Value | None:
        """Return what was noted for a message, or None."""
        return self._values.get(message_id)

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._values

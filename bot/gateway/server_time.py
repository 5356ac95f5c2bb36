"""What time it is on the server: order keys are its time, and this machine's clock may differ."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_EPOCH = 1_420_070_400.0  # the first second of 2015, from which snowflakes count
_LATEST = 64  # observations that count: clocks drift


class ServerTime:
    """Learns from each new message by how much the clocks differ."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Read this machine's time, in seconds since 1970, from `clock`."""
        self._clock = clock
        self._ahead: deque[float] = deque(maxlen=_LATEST)

    def heard(self, snowflake: int) -> None:
        """Note a message of that id as one that came just now."""
        self._ahead.append(self._clock() - (snowflake >> 22) / 1000 - _EPOCH)

    def now(self) -> int:
        """Return the order key of the present moment on the server."""
        # A message was on its way for a while, a replayed one for longer: the least counts.
        ahead = min(self._ahead, default=0.0)
        return int((self._clock() - ahead - _EPOCH) * 1000) << 22

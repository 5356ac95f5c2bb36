"""How long it took from a message being said to its coding being on disk."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.errors import IntercoderError
from bot.rehearsal.play.people import Said

_EVERY = 0.05  # seconds between two looks at the bot's file
_PATIENCE = 20.0  # seconds without any new coding after which nothing more is expected


class StalledError(IntercoderError):
    """Messages were said and nothing is coded any more."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds over `messages` messages, which were said at `rate` a second."""

    messages: int
    rate: float
    p50: float
    p99: float
    longest: float

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for a file of figures."""
        return {
            "messages": self.messages,
            "rate": round(self.rate, 2),
            "p50_ms": round(self.p50, 1),
            "p99_ms": round(self.p99, 1),
            "max_ms": round(self.longest, 1),
        }


def latencies(said: Iterable[Said], coded: dict[str, float]) -> Latencies:
    """Return how long the coding of each message took; all must be in `coded`."""
    lines = sorted(said, key=lambda one: one.at)
    took = sorted(1000 * (coded[one.id] - one.at) for one in lines)
    seconds = lines[-1].at - lines[0].at
    return Latencies(
        messages=len(lines),
        rate=(len(lines) - 1) / seconds if seconds > 0 else 0.0,
        p50=quantile(took, 0.5),
        p99=quantile(took, 0.99),
        longest=took[-1],
    )


def quantile(ordered: list[float], share: float) -> float:
    """Return the smallest value that at least `share` of the ordered values do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Timings:
    """The file of `intercoder run --timings`, read as it grows; `coded` are first codings.

    `again` are messages that were coded more than once.
    """

    def __init__(self, path: Path) -> None:
        self.coded: dict[str, float] = {}
        self.again: set[str] = set()
        self._path = path
        self._read = 0

    async def until_coded(self, said: Iterable[Said], patience: float = _PATIENCE) -> None:
        """Wait until all of these are coded; raises StalledError when nothing moves any more."""
        loop = asyncio.get_running_loop()
        missing = {one.id for one in said}
        last = loop.time()
        while True:
            self.look()
            left = {message for message in missing if message not in self.coded}
            if not left:
                return
            if len(left) < len(missing):
                missing, last = left, loop.time()
            if loop.time() - last > patience:
                raise StalledError(
                    f"{len(left)} messages were said and are not coded after {patience:g} s in "
                    "which no other was: see the bot's log in the folder of --keep."
                )
            await asyncio.sleep(_EVERY)

    def look(self) -> None:
        """Read what the bot has written since the last look."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            grown = file.read()
        whole = grown[: grown.rfind(b"\n") + 1]  # the last line may be half written
        self._read += len(whole)
        for line in whole.splitlines():
            noted = json.loads(line)
            if noted["message"] in self.coded:
                self.again.add(noted["message"])
            self.coded.setdefault(noted["message"], noted["at"])

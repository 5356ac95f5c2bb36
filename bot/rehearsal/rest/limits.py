"""Discord's rate limits: so many requests of a kind in so many seconds."""

from __future__ import annotations

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Requests and seconds by route, roughly what Discord allows a bot; it publishes no numbers.
DISCORD: Mapping[str, tuple[int, float]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "GET /channels/{channel_id}/messages": (10, 5.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": (2, 5.0),
    "PUT /applications/{application_id}/commands": (2, 5.0),
}
OTHERWISE = (20, 1.0)
# Requests a second over all routes but those of interactions.
EVERYWHERE = 50
# Limits count for each of these apart.
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; `allowed` is whether the request itself was within it."""

    bucket: str
    limit: int
    remaining: int
    # Seconds until it is whole again.
    reset_after: float
    allowed: bool = True
    everywhere: bool = False

    def headers(self) -> dict[str, str]:
        """Return the headers that tell a client of the limit."""
        told = {
            "X-RateLimit-Bucket": self.bucket,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{time.time() + self.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
        }
        if self.everywhere:
            return {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        if not self.allowed:
            told["X-RateLimit-Scope"] = "user"
        return told


class Limits:
    """Counts requests; with `patient=False` limits are told but never reached."""

    def __init__(
        self, *, patient: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patient = patient
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}
        self._recent: deque[float] = deque()

    def take(self, route: str, path: Mapping[str, str]) -> Allowance:
        """Count a request to a route ("METHOD /path/{name}") and return what is left."""
        bucket = hashlib.sha256(route.encode()).hexdigest()[:32]
        if not self._patient:
            return Allowance(bucket, 1000, 999, 1.0)
        now = self._clock()
        if (wait := self._wait_everywhere(route, now)) > 0:
            return Allowance(bucket, 0, 0, wait, allowed=False, everywhere=True)
        limit, seconds = DISCORD.get(route, OTHERWISE)
        key = route + "|" + "+".join(path[name] for name in MAJOR if name in path)
        until, used = self._windows.get(key, (0.0, 0))
        if now >= until:
            until, used = now + seconds, 0
        if used >= limit:
            return Allowance(bucket, limit, 0, _up(until - now), allowed=False)
        self._windows[key] = (until, used + 1)
        return Allowance(bucket, limit, limit - used - 1, _up(until - now))

    def _wait_everywhere(self, route: str, now: float) -> float:
        """Return for how many seconds nothing more is taken; 0 counts the request."""
        if "/interactions/" in route or "/webhooks/" in route:
            return 0
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= EVERYWHERE:
            return _up(self._recent[0] + 1 - now)
        self._recent.append(now)
        return 0


def _up(seconds: float) -> float:
    """Return seconds rounded up to the millisecond, so that who waits so long has waited."""
    return math.ceil(seconds * 1000) / 1000

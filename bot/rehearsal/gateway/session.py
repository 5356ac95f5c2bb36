"""One bot's gateway session: what it may hear, its numbered events, and its connection if any.

A session outlives its connections: events of the time between are kept for RESUME.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.gateway.wire import Intent, Op, needed

KEPT = 20_000
"""Events a session keeps for RESUME; who missed more has to identify again."""

Send = Callable[[str], None]


@dataclass(slots=True)
class GatewaySession:
    """A session of a shard, `numbers` being (shard, of how many); `send` is its connection."""

    id: str
    bot_id: str
    intents: Intent
    numbers: tuple[int, int]
    sequence: int = 0
    send: Send | None = None
    _kept: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def covers(self, guild_id: str | None) -> bool:
        """Return whether a server's events belong to this shard; those of none to the first."""
        shard, shards = self.numbers
        return (0 if guild_id is None else (int(guild_id) >> 22) % shards) == shard

    def hear(self, event: str, payload: dict[str, Any]) -> None:
        """Give an event that the intents allow a number, keep it, and send it where connected."""
        # Of itself a bot hears whatever it asked for, as Discord's description of intents says.
        of_itself = event == "GUILD_MEMBER_UPDATE" and payload["user"]["id"] == self.bot_id
        if needed(event) & ~self.intents and not of_itself:
            return
        shown = self._shown(event, payload)
        if shown is not None:
            self._number(event, shown)

    def dispatch(self, event: str, payload: dict[str, Any]) -> None:
        """Give an event a number, keep it and send it, as it is."""
        self._number(event, payload)

    def replay(self, after: int) -> bool:
        """Send every event after sequence `after` again; False if they are no longer all kept."""
        if after > self.sequence or self.send is None:
            return False
        oldest = self._kept[0][0] if self._kept else self.sequence + 1
        if after + 1 < oldest:
            return False
        for number, text in self._kept:
            if number > after:
                self.send(text)
        return True

    def _number(self, event: str, payload: dict[str, Any]) -> None:
        self.sequence += 1
        text = packet(Op.DISPATCH, payload, event, self.sequence)
        self._kept.append((self.sequence, text))
        if self.send is not None:
            self.send(text)

    def _shown(self, event: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return what the intents let through of a payload; None: nothing."""
        if event in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            return self._readable(payload)
        if Intent.MEMBERS in self.intents:
            return payload
        if event == "GUILD_CREATE":
            own = [m for m in payload.get("members", ()) if m["user"]["id"] == self.bot_id]
            return payload | {"members": own}
        if event == "THREAD_MEMBERS_UPDATE" and self.bot_id not in _touched(payload):
            return None
        return payload

    def _readable(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return a message without what only the content intent shows, where that is missing."""
        mentioned = {user["id"] for user in message.get("mentions", ())}
        own = message.get("author", {}).get("id") == self.bot_id
        if Intent.CONTENT in self.intents or own or self.bot_id in mentioned:
            return message
        hidden = {"content": "", "attachments": [], "embeds": [], "components": []}
        shown = message | {key: value for key, value in hidden.items() if key in message}
        shown.pop("poll", None)
        if isinstance(answered := message.get("referenced_message"), dict):
            shown["referenced_message"] = self._readable(answered)
        return shown


def packet(op: Op, data: object, event: str | None = None, number: int | None = None) -> str:
    """Return a gateway payload as JSON; `event` and `number` are null outside of dispatches."""
    return json.dumps({"op": int(op), "d": data, "s": number, "t": event}, separators=(",", ":"))


def _touched(payload: dict[str, Any]) -> Iterable[str]:
    yield from payload.get("removed_member_ids", ())
    for member in payload.get("added_members", ()):
        yield member["user_id"]

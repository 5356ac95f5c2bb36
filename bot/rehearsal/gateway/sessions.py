"""Who may come in: IDENTIFY makes a session, RESUME takes one up again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.rehearsal.gateway.connection import Closing
from bot.rehearsal.gateway.scene import Scene
from bot.rehearsal.gateway.session import GatewaySession, Send
from bot.rehearsal.gateway.wire import KNOWN_INTENTS, Close, Intent

VERSION = 10


class Sessions:
    """The sessions of the one bot that has `token` and may not use `disallowed` intents."""

    def __init__(self, world: Scene, token: str, disallowed: Intent) -> None:
        self._world = world
        self._token = token
        self._disallowed = disallowed
        self._sessions: dict[str, GatewaySession] = {}
        self._made = 0
        self._refused = 0

    def covering(self, guild_id: str | None) -> Iterator[GatewaySession]:
        """Yield the sessions whose shard hears of a server."""
        yield from (s for s in self._sessions.values() if s.covers(guild_id))

    def forget(self) -> None:
        """Forget all: none of them can be resumed."""
        self._sessions.clear()

    def drop(self, session: GatewaySession) -> None:
        """Forget one."""
        self._sessions.pop(session.id, None)

    def refuse(self, count: int) -> None:
        """Refuse the next `count` RESUMEs, and forget what they would have resumed."""
        self._refused = count

    def identify(self, data: Any, send: Send, place: str) -> GatewaySession:
        """Return a new session, which has been sent READY and its servers.

        `place` is where to resume it. Raises Closing for a wrong token, shard or intents.
        """
        self._check_token(data)
        given = data.get("intents")
        if not isinstance(given, int) or given & ~KNOWN_INTENTS:
            raise Closing(Close.INVALID_INTENTS, f"intents {given!r}")
        intents = Intent(given)
        if intents & self._disallowed:
            raise Closing(Close.DISALLOWED_INTENTS, "intents that the application may not use")
        shard, shards = data.get("shard", (0, 1))
        if not 0 <= shard < shards:
            raise Closing(Close.INVALID_SHARD, f"shard {shard} of {shards}")
        self._made += 1
        bot = self._world.bot_user()
        session = GatewaySession(
            f"session-{self._made}", bot["id"], intents, (shard, shards), send=send
        )
        guilds = tuple(guild for guild in self._world.guild_ids() if session.covers(guild))
        session.dispatch("READY", self._ready(session, bot, guilds, place))
        for guild in guilds:
            session.hear("GUILD_CREATE", self._world.guild_create(guild))
        self._sessions[session.id] = session
        return session

    def resume(self, data: Any, send: Send) -> GatewaySession | None:
        """Return the session, which has been sent all it missed and RESUMED.

        None if it is not there any more (op 9, false). Raises Closing for a wrong token or a
        sequence that it never had.
        """
        self._check_token(data)
        session = self._sessions.get(str(data.get("session_id")))
        if session is None or self._refused > 0:
            self._refused = max(0, self._refused - 1)
            if session is not None:
                self.drop(session)
            return None
        sequence = data.get("seq")
        if not isinstance(sequence, int) or sequence > session.sequence:
            raise Closing(Close.INVALID_SEQUENCE, f"sequence {sequence!r}")
        session.send = send
        if not session.replay(sequence):  # it was away for too long
            self.drop(session)
            return None
        session.dispatch("RESUMED", {"_trace": ["rehearsal"]})
        return session

    def _check_token(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("token") != self._token:
            raise Closing(Close.AUTHENTICATION_FAILED, "another token than the bot's")

    def _ready(
        self, session: GatewaySession, bot: dict[str, Any], guilds: tuple[str, ...], place: str
    ) -> dict[str, Any]:
        application = self._world.application()
        return {
            "v": VERSION,
            "user": bot,
            "guilds": [{"id": guild, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": place,
            "shard": list(session.numbers),
            "application": {"id": application["id"], "flags": application.get("flags", 0)},
            "user_settings": {},
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "_trace": ["rehearsal"],
        }

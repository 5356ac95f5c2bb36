"""Discord's gateway as bots meet it: sessions, shards, intents, RESUME, and faults on order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.faults import Faults
from bot.rehearsal.gateway.connection import Closing, Connection
from bot.rehearsal.gateway.faults import Event, EventFaults
from bot.rehearsal.gateway.members import members_chunk
from bot.rehearsal.gateway.scene import Scene
from bot.rehearsal.gateway.session import GatewaySession, packet
from bot.rehearsal.gateway.sessions import VERSION, Sessions
from bot.rehearsal.gateway.wire import NOTHING, Close, Intent, Op, packing

HEARTBEAT = 41.25
"""Seconds between heartbeats, as Discord asks for; tests of lateness ask for fewer."""
_JITTER = 0.05  # how much of it differs from connection to connection


class GatewayHub:
    """All gateway sessions and connections of the one bot that has `token`.

    `heartbeat_delays` are the seconds by which heartbeats came late. What happens to events is
    ordered at `events`; `ready` counts the sessions that were told READY, `resumed` the RESUMEs
    that succeeded.
    """

    def __init__(
        self,
        world: Scene,
        faults: Faults,
        token: str,
        violations: list[str],
        *,
        heartbeat: float = HEARTBEAT,
        disallowed: Intent = NOTHING,
    ) -> None:
        self.heartbeat = heartbeat
        self.heartbeat_delays: list[float] = []
        self.events = EventFaults(self._deliver)
        self.ready = 0
        self.resumed = 0
        self._world = world
        self._faults = faults
        self._violations = violations
        self._random = random.Random(0)  # noqa: S311 - rehearsals are to come again alike
        self._sessions = Sessions(world, token, disallowed)
        self._connections: dict[Connection, GatewaySession | None] = {}
        self._changed = asyncio.Condition()
        self._notices: set[asyncio.Task[None]] = set()
        world.subscribe(lambda name, payload, guild: self.events.take((name, payload, guild)))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it ends."""
        fault = self._faults.before("GET", request.path)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
            if fault.status is not None:
                return web.Response(status=fault.status)
        socket = web.WebSocketResponse(compress=False, max_msg_size=64 * 1024)
        await socket.prepare(request)
        transport = request.transport
        connection = Connection(
            socket,
            packing(request.query.get("compress")),
            self.heartbeat * (1 + self._random.uniform(-_JITTER, _JITTER)),
            self._note_delay,
            transport.abort if transport is not None else lambda: None,
        )
        self._connections[connection] = None
        place = f"ws://{request.host}{request.path}"
        try:
            if request.query.get("v") != str(VERSION) or request.query.get("encoding") != "json":
                connection.close(Close.INVALID_VERSION)
                self._violations.append(f"gateway: v=10 and encoding=json, not {request.query}")
            await connection.run(lambda op, data: self._handle(connection, place, op, data))
        except Closing as closing:
            self._violations.append(f"gateway: closed with {closing.code:d}: {closing.reason}")
        finally:
            self._leave(connection)
        return socket

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something about sessions and connections is so."""
        async with self._changed:
            await self._changed.wait_for(reached)

    async def until_beats(self, count: int) -> None:
        """Wait until the lateness of `count` heartbeats is known."""
        await self.until(lambda: len(self.heartbeat_delays) >= count)

    @property
    def connected(self) -> int:
        """How many connections have a session."""
        return sum(session is not None for session in self._connections.values())

    # What can go wrong, on order. Sessions stay and can be resumed unless it says otherwise.

    async def drop(self, code: int | None = None, *, forget: bool = False) -> None:
        """Close every connection with `code`; None breaks it off. `forget` its session, too.

        Returns when all are gone.
        """
        gone = tuple(self._connections)
        for connection in gone:
            connection.cut() if code is None else connection.close(code)
        if forget:
            self.forget()
        await self.until(lambda: not any(c in self._connections for c in gone))

    def forget(self) -> None:
        """Forget all sessions: whoever resumes is told to begin anew (op 9, false)."""
        self._sessions.forget()

    def refuse_resumes(self, count: int = 1) -> None:
        """Answer the next `count` RESUMEs with op 9, false."""
        self._sessions.refuse(count)

    def reconnect(self) -> None:
        """Ask every bot to connect anew and resume (op 7)."""
        for connection in self._connections:
            connection.send(packet(Op.RECONNECT, None))

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every bot that its session is invalid (op 9), and whether it may resume it."""
        if not resumable:
            self.forget()
        for connection in self._connections:
            connection.send(packet(Op.INVALID_SESSION, resumable))

    # Short for the orders at `events`.

    def lose(self, count: float, *args: Any) -> None:
        """Swallow the next `count` message events, as if the bot were away."""
        self.events.lose(count, *args)

    def double(self, count: float, *args: Any) -> None:
        """Deliver the next `count` message events twice."""
        self.events.double(count, *args)

    def shuffle(self, count: int, *args: Any) -> None:
        """Deliver the next `count` message events in another order."""
        self.events.shuffle(count, *args)

    def delay(self, seconds: float) -> None:
        """Deliver events so much later."""
        self.events.delay(seconds)

    def _deliver(self, event: Event) -> None:
        name, payload, guild_id = event
        for session in self._sessions.covering(guild_id):
            session.hear(name, payload)

    def _handle(self, connection: Connection, place: str, op: Op, data: Any) -> None:
        session = self._connections[connection]
        if op is Op.IDENTIFY:
            self._check_new(session)
            self._enter(connection, self._sessions.identify(data, connection.send, place))
            self.ready += 1
        elif op is Op.RESUME:
            self._check_new(session)
            resumed = self._sessions.resume(data, connection.send)
            if resumed is None:
                connection.send(packet(Op.INVALID_SESSION, data=False))
            else:
                self._enter(connection, resumed)
                self.resumed += 1
        elif session is None:
            raise Closing(Close.NOT_AUTHENTICATED, f"{op.name} before IDENTIFY")
        elif op is Op.REQUEST_MEMBERS:
            guild = self._world.guild_create(str(data["guild_id"]))
            session.dispatch("GUILD_MEMBERS_CHUNK", members_chunk(guild, data, session.intents))
        elif op not in {Op.PRESENCE, Op.VOICE_STATE}:
            raise Closing(Close.UNKNOWN_OPCODE, f"{op.name} from a client")

    def _check_new(self, session: GatewaySession | None) -> None:
        if session is not None:
            raise Closing(Close.ALREADY_AUTHENTICATED, "IDENTIFY or RESUME a second time")

    def _note_delay(self, seconds: float) -> None:
        self.heartbeat_delays.append(seconds)
        self._tell()

    def _enter(self, connection: Connection, session: GatewaySession) -> None:
        self._connections[connection] = session
        self._tell()

    def _leave(self, connection: Connection) -> None:
        session = self._connections.pop(connection)
        if session is not None and session.send == connection.send:
            session.send = None
            if connection.timed_out:
                self._violations.append("gateway: closed with 4009: heartbeats stayed away")
                self._sessions.drop(session)
        self._tell()

    def _tell(self) -> None:
        async def tell() -> None:
            async with self._changed:
                self._changed.notify_all()

        notice = asyncio.get_running_loop().create_task(tell())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

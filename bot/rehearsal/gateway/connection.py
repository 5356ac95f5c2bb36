"""One websocket of a bot: HELLO, who it is, heartbeats, and what ends it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from bot.rehearsal.gateway.session import packet
from bot.rehearsal.gateway.wire import Close, Op, Packing

_LARGEST = 4096  # bytes of one payload from a client, as Discord documents
_RATE = (120, 60.0)  # payloads in seconds; heartbeats count, too


class Closing(Exception):  # noqa: N818 - the end of a connection, not always an error
    """The connection is to be closed with a code; `reason` tells why, for the violations."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """Reads what a bot sends and hands on what is not about the connection itself.

    `interval` is the heartbeat's in seconds. `late` is told of each heartbeat by how many
    seconds it came later than that after the one before; `abort` breaks the connection off.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        packing: Packing,
        interval: float,
        late: Callable[[float], None],
        abort: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._packing = packing
        self._interval = interval
        self._late = late
        self._abort = abort
        self._outgoing: asyncio.Queue[str | Close | int | None] = asyncio.Queue()
        self._beat: float | None = None
        self._sent: deque[float] = deque(maxlen=_RATE[0])
        self._watch: asyncio.TimerHandle | None = None
        self.timed_out = False

    def send(self, payload: str) -> None:
        """Queue a payload; it goes out in order."""
        self._outgoing.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close after what is queued."""
        self._outgoing.put_nowait(int(code))

    def cut(self) -> None:
        """Let the connection break off, without a word of goodbye."""
        self._outgoing.put_nowait(None)

    async def run(self, handle: Callable[[Op, Any], None]) -> None:
        """Say HELLO and read until the end; `handle` gets opcode and data, and raises Closing."""
        writer = asyncio.create_task(self._write(), name="gateway-writer")
        self._expect()
        hello = {"heartbeat_interval": round(self._interval * 1000), "_trace": ["rehearsal"]}
        self.send(packet(Op.HELLO, hello))
        try:
            async for message in self._socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                op, data = self._decoded(message.data)
                if op is Op.HEARTBEAT:
                    self._heartbeat()
                else:
                    handle(op, data)
        except Closing as closing:
            self.close(closing.code)
            await writer
            raise
        finally:
            if self._watch is not None:
                self._watch.cancel()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write(self) -> None:
        with suppress(ConnectionError):  # the bot has gone: its session keeps what it misses
            while isinstance(given := await self._outgoing.get(), str):
                packed = self._packing.pack(given)
                if isinstance(packed, bytes):
                    await self._socket.send_bytes(packed)
                else:
                    await self._socket.send_str(packed)
            if given is None:
                self._abort()
            else:
                await self._socket.close(code=given)

    def _decoded(self, text: str | bytes) -> tuple[Op, Any]:
        self._check_rate()
        if len(text) > _LARGEST:
            raise Closing(Close.DECODE, f"a payload of {len(text)} bytes, {_LARGEST} are allowed")
        try:
            given = json.loads(text)
            number, data = given["op"], given["d"]
        except (ValueError, TypeError, KeyError):
            raise Closing(Close.DECODE, "a payload that is no JSON object with op and d") from None
        try:
            return Op(number), data
        except ValueError:
            raise Closing(Close.UNKNOWN_OPCODE, f"opcode {number!r}") from None

    def _check_rate(self) -> None:
        now = time.monotonic()
        if len(self._sent) == _RATE[0] and now - self._sent[0] < _RATE[1]:
            raise Closing(Close.RATE_LIMITED, f"more than {_RATE[0]} payloads in {_RATE[1]:.0f} s")
        self._sent.append(now)

    def _heartbeat(self) -> None:
        now = time.monotonic()
        if self._beat is not None:
            self._late(now - self._beat - self._interval)
        self._beat = now
        self._expect()
        self.send(packet(Op.HEARTBEAT_ACK, None))

    def _expect(self) -> None:
        """Close with 4009 if no heartbeat comes within two intervals."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_later(2 * self._interval, self._give_up)

    def _give_up(self) -> None:
        self.timed_out = True
        self.close(Close.SESSION_TIMED_OUT)

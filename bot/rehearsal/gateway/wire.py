"""The gateway's words and how they go over the socket: opcodes, close codes, compression."""

from __future__ import annotations

import zlib
from enum import IntEnum, IntFlag
from typing import Protocol


class Op(IntEnum):
    """Gateway opcodes that are used here."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """Close codes that Discord documents for its gateway."""

    UNKNOWN = 4000
    UNKNOWN_OPCODE = 4001
    DECODE = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Intent(IntFlag):
    """The intents that decide over events of servers; the other bits are known and unused."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    MESSAGES = 1 << 9
    CONTENT = 1 << 15


NOTHING = Intent(0)
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25
"""All bits that Discord has given a meaning; another one is an error (4013)."""

_MESSAGES = Intent.MESSAGES
_NEEDED: dict[str, Intent] = {
    "MESSAGE_CREATE": _MESSAGES,
    "MESSAGE_UPDATE": _MESSAGES,
    "MESSAGE_DELETE": _MESSAGES,
    "MESSAGE_DELETE_BULK": _MESSAGES,
    "GUILD_MEMBER_ADD": Intent.MEMBERS,
    "GUILD_MEMBER_REMOVE": Intent.MEMBERS,
    "GUILD_MEMBER_UPDATE": Intent.MEMBERS,
    "PRESENCE_UPDATE": Intent.PRESENCES,
}
_OF_GUILDS = ("GUILD_", "CHANNEL_", "THREAD_")


def needed(event: str) -> Intent:
    """Return the intent that `event` is sent for; none for events that always come."""
    if event in _NEEDED:
        return _NEEDED[event]
    return Intent.GUILDS if event.startswith(_OF_GUILDS) else NOTHING


class Packing(Protocol):
    """How one connection's payloads are packed; a stream, so each goes through once, in order."""

    def pack(self, payload: str) -> str | bytes:
        """Return what goes into one websocket frame."""
        ...


class Plain:
    """No transport compression: one text frame a payload."""

    def pack(self, payload: str) -> str:
        """Return the payload as it is."""
        return payload


class ZlibStream:
    """One zlib context a connection; each frame ends with Z_SYNC_FLUSH (00 00 ff ff)."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def pack(self, payload: str) -> bytes:
        """Return the next piece of the stream."""
        return self._context.compress(payload.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


def packing(name: str | None) -> Packing:
    """Return a new connection's transport compression.

    What is asked for and not zlib-stream (zstd-stream, where zstandard is installed) gets text
    frames: clients take those on any connection.
    """
    return ZlibStream() if name == "zlib-stream" else Plain()

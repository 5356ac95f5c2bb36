"""The process that trains: started, listened to, and ended with all that it has started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from bot.services.retraining.progress import Progress, parse, printable

_OUT = 1  # the descriptor of the process's standard output
_PAUSE = 0.1  # seconds between two looks at what it says
_LINE = 16_384  # bytes of the longest line that is looked at
_TAIL = 8_192  # bytes of the last words that are kept
_MERCY = 1.0  # seconds between SIGTERM and SIGKILL: the bot that stops has ten for everything
_LAST = 5.0  # seconds to read what an ended process has left in its pipes


@dataclass(frozen=True, slots=True)
class Command:
    """What is started: its command line and its whole environment."""

    line: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process ended: `code` as `subprocess` tells it, and the last line of its stderr."""

    code: int
    last_words: str
    timed_out: bool = False


async def watch(
    command: Command, lock: int, seconds: float, told: Callable[[Progress], None]
) -> Ended:
    """Run `command` to its end, `seconds` at most by a clock that nobody can set.

    It leads a process group of its own and inherits the descriptor `lock`. `told` hears of its
    progress. Cancelled, or when the time is over, the group is ended before this returns. Raises
    OSError if it cannot be started.
    """
    transport, ear = await asyncio.get_running_loop().subprocess_exec(
        lambda: _Ear(told),
        *command.line,
        env=dict(command.environment),
        stdin=asyncio.subprocess.PIPE,  # never written to: its end tells that we are gone
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(lock,),
        start_new_session=True,
    )
    timed_out = False
    try:
        try:
            async with asyncio.timeout(seconds):
                await ear.exited.wait()
        except TimeoutError:
            timed_out = True
            await _end(transport.get_pid(), ear)
        # What it started itself may hold the pipes open, or compute on.
        _signal_group(transport.get_pid(), signal.SIGKILL)
        with suppress(TimeoutError):
            await asyncio.wait_for(ear.silent.wait(), _LAST)
    finally:
        if not ear.exited.is_set():
            await asyncio.shield(_end(transport.get_pid(), ear))
        transport.close()
    return Ended(transport.get_returncode() or 0, ear.last_words(), timed_out)


async def _end(pid: int, ear: _Ear) -> None:
    _signal_group(pid, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(ear.exited.wait(), _MERCY)
    _signal_group(pid, signal.SIGKILL)
    await ear.exited.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to all of the group; it may be gone, or (macOS) be a zombie."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


class _Ear(asyncio.SubprocessProtocol):
    """Hears what a process says: every line of progress, and the end of its stderr.

    asyncio's own streams are not used: their process counts as running as long as anybody, a
    process that it started, say, holds its pipes.
    """

    def __init__(self, told: Callable[[Progress], None]) -> None:
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()
        self._told = told
        self._held = b""
        self._skipping = False
        self._tail = b""
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == _OUT:
            self._hear(data)
        else:
            self._tail = (self._tail + data)[-_TAIL:]
        self._pause(fd)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.silent.set()

    def last_words(self) -> str:
        """Return the last line of stderr that says something; empty without any."""
        lines = map(printable, reversed(self._tail.decode(errors="replace").splitlines()))
        return next(filter(None, lines), "")

    def _hear(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            progress = None if self._skipping or len(line) > _LINE else parse(line)
            self._skipping = False
            if progress is not None:
                self._told(progress)
        if len(self._held) > _LINE:
            self._held, self._skipping = b"", True

    def _pause(self, fd: int) -> None:
        """Read on in a moment: a process that floods its output waits, not the bot."""
        pipe = None if self._transport is None else self._transport.get_pipe_transport(fd)
        if isinstance(pipe, asyncio.ReadTransport):
            pipe.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE, _read_on, pipe)


def _read_on(pipe: asyncio.ReadTransport) -> None:
    if not pipe.is_closing():
        pipe.resume_reading()

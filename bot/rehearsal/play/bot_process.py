"""The real bot, as a process of its own: started, watched, stopped, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.domain.errors import IntercoderError

PACKAGES = str(Path(__file__).resolve().parents[3])
"""Where this program's packages lie."""
_KEPT = 400  # lines of a bot's stderr
_SHOWN = 5  # of them in an error


class BotError(IntercoderError):
    """The bot's process ended, or did not do what it was waited for; its last lines are told."""


class BotProcess:
    """One run of `intercoder` with settings of its own; nothing of the outer settings is read.

    `lines` are the last of what it wrote to stderr.
    """

    def __init__(
        self, settings: Mapping[str, str], folder: Path, arguments: Sequence[str] = ("run",)
    ) -> None:
        """Run in `folder` with `settings` (INTERCODER_ variables)."""
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("INTERCODER_")}
        paths = [PACKAGES, kept.get("PYTHONPATH", "")]
        self._environment = {
            **kept,
            **settings,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONUNBUFFERED": "1",
        }
        self._folder = folder
        self._arguments = tuple(arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._silent = False  # it said its last word
        self.lines: deque[str] = deque(maxlen=_KEPT)

    async def start(self) -> None:
        """Start the process; returns at once."""
        # In its folder, since a .env file of the working folder would be read.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *self._arguments,
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process), name="bot-stderr")

    @property
    def id(self) -> int:
        """The process id; raises BotError if it was not started."""
        return self._running().pid

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return None if self._process is None else self._process.returncode

    async def until_line(self, part: str, seconds: float = 60.0) -> None:
        """Wait until a line of stderr has `part` in it; raises BotError if none comes."""

        def told() -> bool:
            return any(part in line for line in self.lines) or self._silent

        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(told)
        except TimeoutError:
            raise BotError(f"the bot did not say {part!r} in {seconds:g} s{self._last()}") from None
        if not any(part in line for line in self.lines):
            code = await self._running().wait()
            raise BotError(f"the bot ended with exit code {code}{self._last()}")

    async def until_end(self, seconds: float = 60.0) -> int:
        """Wait until the process ends by itself and return its exit code; raises BotError."""
        process = self._running()
        try:
            async with asyncio.timeout(seconds):
                code = await process.wait()
        except TimeoutError:
            await self.kill()
            raise BotError(f"the bot was not done in {seconds:g} s{self._last()}") from None
        if self._reading is not None:
            await self._reading
        return code

    async def check_end(self, seconds: float = 60.0) -> None:
        """Wait for the end; raises BotError unless all went well."""
        code = await self.until_end(seconds)
        if code:
            raise BotError(f"`{' '.join(self._arguments)}` ended with {code}{self._last()}")

    async def stop(self, seconds: float = 30.0) -> float:
        """Ask it to end (SIGTERM) and return how many seconds that took; raises BotError."""
        if self.code is not None or self._process is None:
            return 0.0
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        await self.until_end(seconds)
        return time.monotonic() - began

    async def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        if self._process is not None and self.code is None:
            self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise BotError("the bot was not started")
        return self._process

    def _last(self) -> str:
        shown = [line for line in self.lines if line.strip()][-_SHOWN:]
        return "; its last words: " + " / ".join(shown) if shown else "; it said nothing"

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stderr is not None:
            async for line in process.stderr:
                self.lines.append(line.decode(errors="replace").rstrip())
                await self._tell()
        self._silent = True
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

"""A study on a server, or several, and the real bot beside it: in this loop, or apart."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import string
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.commands import live_run
from bot.commands.command_sync import Sync, sync_commands
from bot.gateway.client import IntercoderClient
from bot.inference.bundle import Bundle
from bot.rehearsal.contract.description import Description
from bot.rehearsal.faults import Fault, Faults
from bot.rehearsal.play.bot_process import BotProcess
from bot.rehearsal.rest.limits import Limits
from bot.rehearsal.server import Loopback
from bot.rehearsal.world.world import World
from bot.settings import DatabaseSettings, DiscordSettings, ModelSettings, Settings
from bot.storage.store import Store
from tests.e2e.fault_quick import PATIENCE, Gate, Quick, end_heartbeats
from tests.e2e.fault_room import Room
from tests.e2e.fault_truth import (
    coded_otherwise_than_once,
    corrections,
    differences,
    stored,
)

DESCRIPTION = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
BEAT = 3.0  # seconds between heartbeats; this loop serves both sides, and judges


class Noticed(Faults):
    """Faults of requests; `notice` is called as each happens."""

    notice: Callable[[], None] = staticmethod(lambda: None)

    def before(self, method: str, route: str) -> Fault | None:
        fault = Faults.before(self, method, route)
        if fault is not None:
            self.notice()
        return fault


class Bed:
    """Everything of one cell; use as a context. `at` is where what people say can be heard."""

    def __init__(
        self,
        folder: Path,
        bundle: Bundle,
        patch: pytest.MonkeyPatch,
        description: Description | None,
        *,
        servers: int = 1,
        shards: int | None = None,
    ) -> None:
        self.folder, self.bundle, self.shards = folder, bundle, shards
        self.faults = Noticed()
        self.faults.notice = self.stir
        self.world = World()
        self.loopback = Loopback(
            self.world,
            description=description,
            faults=self.faults,
            limits=Limits(patient=False),
            heartbeat=BEAT,
        )
        self.hub = self.loopback.hub
        self.rooms: list[Room] = []
        for number in range(servers):
            room = Room(self, number)
            # A server's shard is told by the millisecond of its id: let them take turns.
            while shards and (int(room.guild.id) >> 22) % shards != number % shards:
                room = Room(self, number)
            self.rooms.append(room)
        self.room = self.rooms[0]
        self.quick = Quick(patch, self.stir)
        self.process: BotProcess | None = None
        self.told: list[str] = []  # what bots wrote to stderr
        self.words: set[str] = set()  # that people said
        self._random = random.Random(1)  # noqa: S311 - the same talk in every cell
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._said = io.StringIO()
        self.events = 0  # that happened on the server
        self.world.subscribe(self._count)

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder / 'study.db'}"

    @property
    def client(self) -> IntercoderClient:
        return self.quick.client.result()

    @property
    def gate(self) -> Gate:
        assert self.quick.gate is not None
        return self.quick.gate

    async def __aenter__(self) -> Self:
        await self.loopback.__aenter__()
        await sync_commands(
            self._settings(), self.loopback.token, Sync(), Console(file=io.StringIO())
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.end()
        await self.loopback.__aexit__(None, None, None)

    # The bot

    async def start(self, *, apart: bool = False) -> None:
        """Start the bot: in this loop, or `apart` as a process of its own."""
        before = self.hub.ready
        if apart:
            self.process = BotProcess(self._variables(), self.folder)
            await self.process.start()
        else:
            self.quick.client = asyncio.get_running_loop().create_future()
            console = Console(file=self._said)
            running = live_run.run_live(self._settings(), self.loopback.token, console)
            self._task = asyncio.create_task(running)
        async with asyncio.timeout(PATIENCE):
            await self.hub.until(lambda: self.hub.ready >= before + (self.shards or 1))

    async def end(self) -> None:
        """Stop whatever bot runs, as SIGTERM does."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await asyncio.to_thread(end_heartbeats)
        if self.process is not None:
            assert await self.process.stop() < 10
            self.told += self.process.lines
            self.process = None

    async def kill(self) -> None:
        """Kill the process."""
        assert self.process is not None
        await self.process.kill()
        self.told += self.process.lines
        self.process = None

    async def set_up(self) -> None:
        """Set up a study in every server and begin a session that follows its channel."""
        for room in self.rooms:
            await room.set_up()
            if self._task is not None:
                desk = self.client.desks.of(room.guild.id)
                assert desk is not None
                self.quick.listen(desk)
            await room.begin()

    # What people say

    def text(self) -> str:
        """Return something that nobody has said before."""
        letters = string.ascii_lowercase
        count = self._random.randint(2, 6)
        made = ["".join(self._random.choices(letters, k=9)) for _ in range(count)]
        self.words.update(made)
        return " ".join(made)

    def _count(self, *_: object) -> None:
        self.events += 1
        self.stir()

    def stir(self, *_: object) -> None:
        """Hear that something has happened."""
        self._changed.set()

    async def until(self, reached: Callable[[], Awaitable[Sequence[Any]]]) -> None:
        """Wait until nothing is left of what `reached` finds to be missing."""
        left: Sequence[Any] = ()
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._changed.clear()
                    if not (left := await reached()):
                        return
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"in {PATIENCE:g} s not reached: {left}") from None

    async def settled(self) -> None:
        """Wait until the log is what it has to be, in every server."""
        for room in self.rooms:
            await self.until(room.wrong)

    async def happened(self, count: int) -> None:
        """Wait until so many ordered faults of requests have happened."""

        async def missing() -> Sequence[str]:
            there = self.faults.happened
            return () if there >= count else (f"{there} of {count} faults happened",)

        await self.until(missing)

    async def judge(self) -> None:
        """Fail unless everything that was said is in the log, once, where it belongs."""
        async with await Store.open(self.url) as store:
            for room in self.rooms:
                study = await store.studies.find(room.guild.name)
                assert study is not None
                wrong = differences(room.truth(), await stored(store, study.id))
                assert not wrong, wrong
                given = await corrections(store, study.id)
                assert {k: given[k] for k in room.corrected} == dict.fromkeys(room.corrected, 1)
                assert given.keys() <= room.corrected | room.perhaps
                assert max(given.values(), default=1) == 1
            wrong = [str(each) for each in await coded_otherwise_than_once(store)]
            assert not wrong, wrong
        for room in self.rooms:
            room.check_posts()
        assert not self.loopback.violations, self.loopback.violations

    def check_words(self, log: str) -> None:
        """Fail if a word of somebody, or a name, stands in what the bots wrote."""
        log = "\n".join([log, *self.told, self._said.getvalue()])
        names = {m.name for room in self.rooms for m in room.people}
        assert [w for w in self.words | names | {self.loopback.token} if w in log] == []

    def _settings(self) -> Settings:
        return Settings(
            discord=DiscordSettings(
                token=SecretStr(self.loopback.token),
                api_base=self.loopback.api_base,
                shards=self.shards,
            ),
            database=DatabaseSettings(url=self.url),
            model=ModelSettings(bundle=self.bundle.path, engine="fake"),
        )

    def _variables(self) -> dict[str, str]:
        return {
            "INTERCODER_DISCORD__TOKEN": self.loopback.token,
            "INTERCODER_DISCORD__API_BASE": self.loopback.api_base,
            "INTERCODER_DATABASE__URL": self.url,
            "INTERCODER_MODEL__BUNDLE": str(self.bundle.path),
            "INTERCODER_MODEL__ENGINE": "fake",
            "INTERCODER_MODEL__THREADS": "1",
            "INTERCODER_LOG__LEVEL": "info",
        }


MakeBed = Callable[..., Bed]

"""A server with two groups and a study, and the real bot beside it: in this loop, or apart."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
import string
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
import tomli_w
from pydantic import SecretStr
from rich.console import Console

from bot.commands import live_run
from bot.commands.command_sync import Sync, sync_commands
from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Scenario
from bot.gateway.client import IntercoderClient
from bot.inference.bundle import Bundle
from bot.inference.engine import Engine
from bot.inference.fake import fake_bundle
from bot.rehearsal.contract.description import Description
from bot.rehearsal.faults import Fault, Faults
from bot.rehearsal.play.bot_process import BotProcess
from bot.rehearsal.rest.limits import Limits
from bot.rehearsal.server import Loopback
from bot.rehearsal.staff.interactions import Answer, Staff
from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import Json, Upload
from bot.rehearsal.world.world import World
from bot.services.announcing import END, WARNING, words
from bot.services.desk import Desk
from bot.settings import DatabaseSettings, DiscordSettings, ModelSettings, Settings
from bot.storage.rows import SessionRow
from bot.storage.store import Store
from exports.codebook_toml import codebook_text
from tests.e2e.fault_truth import (
    Truth,
    coded_otherwise_than_once,
    corrections,
    differences,
    stored,
    truth,
)
from tests.tiny import LABELS

DESCRIPTION = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
BOOK = codebook_from_codes(LABELS, "tiny")
SCENARIOS = (
    Scenario("fox", "The fox", "A company made a game with a fox."),
    Scenario("bridge", "The bridge", "Who should repair the old bridge?"),
)
PATIENCE = 20.0  # seconds within which anything must have happened, on a busy machine
BEAT = 3.0  # seconds between heartbeats; this loop serves both sides, and judges


class Noticed(Faults):
    """Faults of requests; `notice` is called as each happens."""

    notice: Callable[[], None] = staticmethod(lambda: None)

    def before(self, method: str, route: str) -> Fault | None:
        fault = Faults.before(self, method, route)
        if fault is not None:
            self.notice()
        return fault


class Gate:
    """The fake engine, which can be made to stand still."""

    def __init__(self, engine: Engine) -> None:
        self.open = threading.Event()
        self.open.set()
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def score(self, inputs: Any) -> Any:
        self.open.wait(PATIENCE)
        return self._engine.score(inputs)


class Quick:
    """Takes the library's own waiting out of the bot in this loop; `client` is the last made."""

    def __init__(self, patch: pytest.MonkeyPatch, bed: Callable[[], Bed | None]) -> None:
        self.client: asyncio.Future[IntercoderClient]
        self.gate: Gate | None = None
        make, open_engine = live_run.build_client, live_run.open_engine

        def build(settings: Settings, desks: Any, **given: Any) -> IntercoderClient:
            client = make(settings, desks, **given)
            client._connection.guild_ready_timeout = 0.05  # else two seconds for further servers

            async def at_once(*_: object, **__: object) -> None:
                pass

            client.before_identify_hook = at_once  # type: ignore[method-assign]
            client.catch_ups._pause = nap
            for desk in desks.all():
                self.listen(desk)
            self.client.set_result(client)
            return client

        def gated(*given: Any, **more: Any) -> Any:
            self.gate = Gate(open_engine(*given, **more))
            return self.gate

        async def nap(seconds: float) -> None:
            await asyncio.sleep(min(seconds, 0.05))

        patch.setattr(live_run, "build_client", build)
        patch.setattr(live_run, "open_engine", gated)
        patch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.0)
        patch.setattr("discord.http.asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": nap}))
        self._bed = bed

    def listen(self, desk: Desk) -> None:
        bed = self._bed()
        if bed is not None:
            desk.ingest.listen(bed.stir)
            if desk.live is not None:
                desk.live.listen(bed.stir)


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
    ) -> None:
        self.folder, self.bundle = folder, bundle
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
        self.rooms = [Room(self, number) for number in range(servers)]
        self.room = self.rooms[0]
        self.quick = Quick(patch, lambda: self)
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
            await self.hub.until(lambda: self.hub.ready > before)

    async def end(self) -> None:
        """Stop whatever bot runs, as SIGTERM does."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
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
        assert max(self.hub.heartbeat_delays, default=0.0) < BEAT

    def check_words(self, log: str) -> None:
        """Fail if a word of somebody, or a name, stands in what the bots wrote."""
        log = "\n".join([log, *self.told, self._said.getvalue()])
        names = {m.name for room in self.rooms for m in room.people}
        assert [w for w in self.words | names | {self.loopback.token} if w in log] == []

    def _settings(self) -> Settings:
        return Settings(
            discord=DiscordSettings(
                token=SecretStr(self.loopback.token), api_base=self.loopback.api_base
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


class Room:
    """One server: its channel of groups, its people, its staff."""

    def __init__(self, bed: Bed, number: int) -> None:
        self.bed = bed
        self.guild = bed.world.add_guild(f"lab {number}")
        self.roles = (self.guild.add_role("researcher"), self.guild.add_role("coder"))
        self.staff_channel = self.guild.add_channel("staff", visible_to=self.roles)
        self.channel = self.guild.add_channel("groups")
        self.threads = [self.channel.add_thread(f"group {n}") for n in (1, 2)]
        self.people = [self.guild.add_member(f"Person{number}{n}{self.guild.id}") for n in range(3)]
        self.researcher = self._staff("Rita", self.roles[0])
        self.coder = self._staff("Carl", self.roles[1])
        self.corrected: set[tuple[str, str]] = set()
        self.perhaps: set[tuple[str, str]] = set()  # corrections whose answer was not seen
        self.unseen: set[str] = set()  # messages that were deleted before the bot could hear them
        self.since = 0
        self._turn = 0
        self._known: tuple[object, Truth] | None = None  # until something happens

    def _staff(self, name: str, role: Any) -> Staff:
        member = self.guild.add_member(name, [role])
        return Staff(self.bed.loopback, self.guild, self.channel, member)

    async def set_up(self) -> None:
        listed = [{"id": s.id, "title": s.title, "text": s.text} for s in SCENARIOS]
        owner = Staff(self.bed.loopback, self.guild, self.channel, self.guild.owner)
        await hoped(
            owner.slash(
                "study setup",
                codebook=Upload("codebook.toml", codebook_text(BOOK).encode()),
                scenarios=Upload("list.toml", tomli_w.dumps({"scenarios": listed}).encode()),
                staff_channel=self.staff_channel,
                researcher_role=self.roles[0],
                coder_role=self.roles[1],
            ),
            "is set up",
        )

    async def begin(self) -> None:
        answer = await hoped(self.researcher.slash("session start", name="day one"), "has begun")
        self.since = int(answer.call.id)

    async def next(self) -> Answer:
        """Start the next scenario of the list."""
        return await hoped(self.researcher.slash("scenario next"), "runs in")

    def say(self, count: int, *threads: Channel) -> list[Json]:
        """Let people say `count` messages in each thread, in turns."""
        return [
            self.bed.world.say(thread, self._speaker(), self.bed.text())
            for _ in range(count)
            for thread in threads or self.threads
        ]

    def _speaker(self) -> Member:
        self._turn += 1
        return self.people[self._turn * self._turn % len(self.people)]

    def truth(self) -> Truth:
        state = (self.bed.events, tuple(t.id for t in self.threads), len(self.unseen))
        if self._known is None or self._known[0] != state:
            coder, world = fake_bundle(self.bed.bundle), self.bed.world
            found = truth(world, self.threads, self.since, SCENARIOS, coder, self.unseen)
            self._known = state, {thread: lines for thread, lines in found.items() if lines}
        return self._known[1]

    @property
    def desk(self) -> Desk:
        desk = self.bed.client.desks.of(self.guild.id)
        assert desk is not None
        return desk

    async def session(self) -> SessionRow:
        return await self.desk.conduct.session()

    async def wrong(self) -> list[str]:
        """Return what is not in the log as it has to be."""
        if not self.bed.quick.client.done() or self.bed.client.desks.of(self.guild.id) is None:
            return ["the bot is not there"]
        return differences(self.truth(), await stored(self.desk.ingest.store, self.desk.study.id))

    async def told(self, part: str) -> None:
        """Wait until the staff channel has a message of the bot with `part` in it."""

        async def missing() -> Sequence[str]:
            said = [m.content for m in self.bed.world.said(self.staff_channel)]
            return () if any(part in content for content in said) else (f"{part!r} in {said}",)

        await self.bed.until(missing)

    def posts(self, scenario: Scenario) -> list[str]:
        """Return the threads in which the scenario stands, once for each post of it."""
        text, own = words("start", scenario), self.bed.world.bot.id
        return [
            t.id
            for t in self.threads
            for m in self.bed.world.said(t)
            if m.author.id == own and m.content == text
        ]

    async def posted(self, scenario: Scenario, threads: int) -> None:
        """Wait until a scenario stands in so many threads."""

        async def missing() -> Sequence[str]:
            there = len(self.posts(scenario))
            return () if there >= threads else (f"{there} posts of {scenario.title}",)

        await self.bed.until(missing)

    def check_posts(self) -> None:
        """Fail if participants read anything of the bot but scenarios, each once at most."""
        allowed = {words("start", s) for s in SCENARIOS} | {END, WARNING}
        for thread in (self.channel, *self.threads):
            own = [m for m in self.bed.world.said(thread) if m.author.id == self.bed.world.bot.id]
            assert {m.content for m in own} <= allowed
            assert len({m.content for m in own}) == len(own)
            assert not any(m.embeds or m.components for m in own)


async def hoped(answered: Awaitable[Answer], part: str) -> Answer:
    """Return an answer that has `part` in it, and is for the asker's eyes."""
    answer = await answered
    assert part in answer.text
    assert answer.ephemeral
    return answer


MakeBed = Callable[..., Bed]

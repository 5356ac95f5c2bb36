"""A server set up for a rehearsal: staff, channels, groups, and the real bot beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tomli_w

from bot.domain.codebook import Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import IntercoderError
from bot.domain.transcript import Transcript
from bot.rehearsal.contract.description import Description
from bot.rehearsal.faults import Faults
from bot.rehearsal.gateway.hub import HEARTBEAT
from bot.rehearsal.play.bot_process import BotProcess
from bot.rehearsal.play.people import People
from bot.rehearsal.server import Loopback
from bot.rehearsal.staff.interactions import Answer, Staff
from bot.rehearsal.world.accounts import Member, Role
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import Json, Upload
from bot.rehearsal.world.world import World
from exports.codebooks.codebook_toml import codebook_text

_FAILED = "This did not work"  # how the bot tells of a fault of its own
READY = "Intercoder is in"
"""What the bot says on stderr once it has found its servers."""


@dataclass(frozen=True)
class Play:
    """What is rehearsed: who says what when, about which scenarios, coded by which codebook."""

    name: str
    transcript: Transcript
    codebook: Codebook
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class CoderChoice:
    """What the bot codes with; `bundle` is an absolute path."""

    bundle: Path
    engine: str = "auto"
    device: str = "auto"
    threads: int | None = None


class RefusedError(IntercoderError):
    """A command of the rehearsal was not answered as it should be; tells how instead."""


Asked = Callable[[str, Answer], None]
"""Is told of each command as it was typed, and of its answer."""


class Stage:
    """A rehearsal's server and the bot, from set-up to the end of the block.

    In `folder` lie the database and the bot's timings. `researcher` and `coder` are the staff.
    `described` tells whether all is held against Discord's description of its interface.
    """

    def __init__(
        self,
        play: Play,
        choice: CoderChoice,
        folder: Path,
        *,
        description: Description | None = None,
        asked: Asked = lambda _said, _answer: None,
        panel_seen: Callable[[Json], None] = lambda _: None,
        log_level: str = "warning",
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self.play = play
        self.folder = folder
        self.timings = folder / "timings.jsonl"
        self.database = f"sqlite+aiosqlite:///{folder / 'rehearsal.db'}"
        self.described = description is not None
        self.faults = Faults()
        self.world = World()
        self.loopback = Loopback(
            self.world, description=description, faults=self.faults, heartbeat=heartbeat
        )
        self.guild = self.world.add_guild("Rehearsal")
        self.roles = (self.guild.add_role("researcher"), self.guild.add_role("coder"))
        self.staff_channel = self.guild.add_channel("staff", visible_to=self.roles)
        self.talk_channel = self.guild.add_channel("discussion")
        self.threads = {
            group: self.talk_channel.add_thread(group) for group in play.transcript.threads
        }
        self.people = People(self.world, self.threads)
        self.people.arrive(self.guild, play.transcript)
        self.researcher = self._staff("Rita Researcher", self.roles[0])
        self.coder = self._staff("Carl Coder", self.roles[1])
        self.owner = Staff(self.loopback, self.guild, self.talk_channel, self.guild.owner)
        self._choice = choice
        self._asked = asked
        self._panel_seen = panel_seen
        self._log_level = log_level
        self._parts = AsyncExitStack()
        self.panel: Json | None = None  # as it now stands in the staff channel
        self._panel_changed = asyncio.Condition()
        self._noticing: asyncio.Task[None] | None = None
        self.world.subscribe(self._notice)
        self.bot = self._process("run", "--timings", str(self.timings))

    async def __aenter__(self) -> Self:
        """Open the server, register the commands as a researcher does, and start the bot."""
        await self._parts.enter_async_context(self.loopback)
        self._parts.push_async_callback(self._end)
        try:
            sync = self._process("sync")
            await sync.start()
            await sync.check_end()
            await self.start_bot()
        except BaseException:
            await self._parts.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._parts.aclose()

    @property
    def bundle(self) -> Path:
        """The folder of the bot's default coder."""
        return self._choice.bundle

    async def start_bot(self) -> None:
        """Start the bot, anew if it ran before, and wait until it is ready."""
        self.bot = self._process("run", "--timings", str(self.timings))
        await self.bot.start()
        await self.bot.until_line(READY)

    async def set_up(self) -> Answer:
        """Set up the study: upload codebook and scenarios, name channel and roles."""
        play = self.play
        listed = {
            "scenarios": [{"id": s.id, "title": s.title, "text": s.text} for s in play.scenarios]
        }
        return await self.ask(
            self.owner,  # who may before there are roles
            "study setup",
            "is set up",
            codebook=Upload("codebook.toml", codebook_text(play.codebook).encode()),
            scenarios=Upload("scenarios.toml", tomli_w.dumps(listed).encode()),
            staff_channel=self.staff_channel,
            researcher_role=self.roles[0],
            coder_role=self.roles[1],
            audit_share=0,  # what is coded blind shows no code, and a rehearsal shows them all
        )

    async def ask(self, staff: Staff, command: str, hoped: str = "", **options: Any) -> Answer:
        """Use a slash command and return its answer; raises RefusedError without `hoped` in it."""
        answer = await staff.slash(command, **options)
        typed = " ".join([f"/{command}", *(f"{k}:{_shown(v)}" for k, v in options.items())])
        return self.told(typed, answer, hoped)

    def told(self, what: str, answer: Answer, hoped: str = "") -> Answer:
        """Tell of an answer and return it; raises RefusedError as `ask` does."""
        self._asked(what, answer)
        if hoped not in answer.text or answer.text.startswith(_FAILED):
            raise RefusedError(f"{what} was answered with: {answer.text}")
        return answer

    async def until_panel(self, part: str, seconds: float = 15.0) -> None:
        """Wait until the staff panel shows `part`; raises RefusedError if it does not."""

        def shows() -> bool:
            return self.panel is not None and part in str(self.panel["embeds"])

        try:
            async with asyncio.timeout(seconds), self._panel_changed:
                await self._panel_changed.wait_for(shows)
        except TimeoutError:
            raise RefusedError(f"the staff panel did not show {part!r} in {seconds:g} s") from None

    def _notice(self, event: str, payload: Json, _guild: str | None) -> None:
        if not event.startswith("MESSAGE_") or payload["channel_id"] != self.staff_channel.id:
            return
        if payload.get("author", {}).get("id") == self.world.bot.id and payload.get("embeds"):
            self.panel = payload
            self._panel_seen(payload)
            self._noticing = asyncio.get_running_loop().create_task(self._notice_panel())

    async def _notice_panel(self) -> None:
        async with self._panel_changed:
            self._panel_changed.notify_all()

    def _staff(self, name: str, role: Role) -> Staff:
        member = self.guild.add_member(name, [role])
        return Staff(self.loopback, self.guild, self.talk_channel, member)

    def _process(self, *arguments: str) -> BotProcess:
        choice = self._choice
        settings = {
            "INTERCODER_DISCORD__TOKEN": self.loopback.token,
            "INTERCODER_DISCORD__API_BASE": self.loopback.api_base,
            "INTERCODER_DISCORD__GATEWAY_URL": self.loopback.gateway_url,
            "INTERCODER_DATABASE__URL": self.database,
            "INTERCODER_MODEL__BUNDLE": str(choice.bundle),
            "INTERCODER_MODEL__ENGINE": choice.engine,
            "INTERCODER_MODEL__DEVICE": choice.device,
            "INTERCODER_MODEL__THREADS": "" if choice.threads is None else str(choice.threads),
            "INTERCODER_LOG__LEVEL": self._log_level,
        }
        return BotProcess(settings, self.folder, arguments)

    async def _end(self) -> None:
        await self.bot.kill()


def _shown(value: Any) -> str:
    if isinstance(value, Channel):
        return f"#{value.name}"
    if isinstance(value, (Role, Member)):
        return f"@{value.name}"
    return value.name if isinstance(value, Upload) else str(value)

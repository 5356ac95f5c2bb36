"""A server with a study in a real database, its people, and the commands they give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
from asking import GUILD, Asking

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Provenance, Scenario, Thread
from bot.gateway.background import Background
from bot.gateway.cogs.code import CodeCog
from bot.gateway.cogs.codebook import CodebookCog
from bot.gateway.cogs.export import ExportCog
from bot.gateway.cogs.model import ModelCog
from bot.gateway.cogs.reliability import ReliabilityCog
from bot.gateway.cogs.review import ReviewCog
from bot.gateway.cogs.scenario import ScenarioCog
from bot.gateway.cogs.session import SessionCog
from bot.gateway.cogs.study import StudyCog
from bot.gateway.followed import FollowedThreads
from bot.gateway.nights import Nights
from bot.gateway.staff.turns import Turns
from bot.services.conduct import Joining, PostError
from bot.services.desk import Desk, Setup
from bot.services.desks import Desks
from bot.settings import DatabaseSettings, Settings
from bot.storage.rows import Arrival, NewCoding, SessionRow, StoredMessage
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle

STAFF, CHANNEL = 900_000_000_000_000_000, 910_000_000_000_000_000
GROUPS = (500_000_000_000_000_001, 500_000_000_000_000_002)
RESEARCHER, CODER = 1, 2
CODES = tuple(Code(f"C{n:02}", f"Title {n:02}", f"what {n} means") for n in range(60))
BOOK = Codebook("book", "Book", "1", CODES)
SCENARIOS = (
    Scenario("prices", "Prices", "Is it fair?"),
    Scenario("trolley", "Trolley", "Would you pull it?"),
)


class Poster:
    """Posts nowhere; `closed` threads refuse."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str]] = []
        self.closed: set[str] = set()
        self._key = 10**18

    async def post(self, thread_id: str, text: str) -> int:
        if thread_id in self.closed:
            raise PostError("the bot may not write there")
        self.posts.append((thread_id, text))
        return self.now()

    async def find(self, _thread_id: str, _text: str, _after: int) -> int | None:
        return None

    def now(self) -> int:
        self._key += 1
        return self._key


class Client:
    """The part of the bot's client that commands use."""

    def __init__(self, desks: Desks, url: str) -> None:
        self.desks = desks
        self.followed = FollowedThreads(desks)
        self.settings = Settings(database=DatabaseSettings(url=url))
        self.posting = Poster()
        self.turns = Turns()
        self.staff: list[str] = []
        self.deaf = False
        self.embeds: list[tuple[discord.Embed, list[str]]] = []
        self.background = Background()
        self.nights = Nights(self)  # type: ignore[arg-type]
        self.promotions: list[Desk] = []

    def is_closed(self) -> bool:
        return False

    def poster(self) -> Poster:
        return self.posting

    async def follow(self, desk: Desk, _session: SessionRow) -> None:
        await self.followed.rebuild(desk)

    async def tell_staff(
        self,
        _desk: Desk,
        text: str = "",
        *,
        embed: discord.Embed | None = None,
        files: Sequence[Path] = (),
    ) -> bool:
        if self.deaf:
            return False
        if embed is None:
            self.staff.append(text)
        else:
            self.embeds.append((embed, [file.name for file in files if file.is_file()]))
        return True

    async def promoted(self, desk: Desk) -> None:
        self.promotions.append(desk)


class Room:
    """A server that is set up; `give` a command of a cog."""

    store: Store
    client: Client
    guild: Any

    @classmethod
    async def open(cls, folder: Path) -> Room:
        room = cls()
        url = sqlite_url(folder / "study.db")
        room.store = await Store.open(url)
        room.client = Client(Desks(room.store, None, Provenance.DISCORD), url)
        room.guild = Mock(spec=discord.Guild, id=GUILD, filesize_limit=8_000_000)
        room.guild.name = "The lab"
        room.guild.me = SimpleNamespace(id=1)
        room.guild.threads = []
        room.guild.active_threads = AsyncMock(side_effect=lambda: room.guild.threads)
        room.guild.get_channel.side_effect = {}.get
        client: Any = room.client
        room.study, room.session = StudyCog(client), SessionCog(client)
        room.scenario, room.code = ScenarioCog(client), CodeCog(client)
        room.export, room.model = ExportCog(client), ModelCog(client)
        room.codebook = CodebookCog(client)
        room.review, room.reliability = ReviewCog(client), ReliabilityCog(client)
        return room

    study: StudyCog
    session: SessionCog
    scenario: ScenarioCog
    code: CodeCog
    export: ExportCog
    model: ModelCog
    codebook: CodebookCog
    review: ReviewCog
    reliability: ReliabilityCog

    async def close(self) -> None:
        await self.client.desks.close()
        await self.store.close()

    async def set_up(self, book: Codebook = BOOK) -> Desk:
        setup = Setup("The lab", book, SCENARIOS, str(STAFF), str(RESEARCHER), str(CODER))
        return await self.client.desks.set_up(str(GUILD), setup)

    @property
    def desk(self) -> Desk:
        desk = self.client.desks.of(str(GUILD))
        assert desk is not None
        return desk

    async def begin(self, name: str = "monday", *threads: int) -> SessionRow:
        joinings = [Joining(Thread(str(i), f"group {i % 10}"), 0) for i in threads or GROUPS]
        session = await self.desk.conduct.begin(name, joinings, [])
        await self.client.follow(self.desk, session)
        return session

    async def say(
        self, number: int, text: str = "words", code: str | None = "C01"
    ) -> StoredMessage:
        """Store a message in the first group, coded by a model with `code`."""
        key = 600_000_000_000_000_000 + number
        at = discord.utils.utcnow()
        said = Arrival(str(GROUPS[0]), str(key), key, "ann", text, at)
        stored = (await self.desk.ingest.receive(said)).stored
        if code is not None:
            study = self.desk.study
            bundle = NewBundle("f" * 64, "starter", "thread", BOOK, {})
            model = await self.store.studies.model(study.id, bundle)
            coding = NewCoding(
                stored.id, model.id, study.codebook_id, code, at, 1, 0, confidence=0.7
            )
            await self.store.codings.append([coding])
        return stored

    def ask(self, *, channel: Any = None, number: int = 42) -> Asking:
        return Asking(self.client, RESEARCHER, guild=self.guild, channel=channel, number=number)

    async def give(
        self, cog: Any, name: str, *given: Any, ask: Asking | None = None, **options: Any
    ) -> Asking:
        """Give a command; return what came of it. Errors are the caller's to see."""
        asking = ask or self.ask()
        await getattr(cog, name).callback(cog, asking, *given, **options)
        assert asking.response.deferred == [{"ephemeral": True, "thinking": True}]
        return asking


def text_channel(number: int) -> Any:
    channel = Mock(spec=discord.TextChannel, id=number)
    channel.name = "groups"
    channel.permissions_for.return_value = discord.Permissions.all()
    return channel


def group_thread(guild: Any, number: int) -> Any:
    thread = Mock(spec=discord.Thread, id=number, parent_id=CHANNEL, guild=guild)
    thread.name = f"group {number % 10}"
    thread.archived = thread.locked = False
    thread.me, thread.members = object(), []
    thread.message_count = thread.total_message_sent = 0
    thread.permissions_for.return_value = discord.Permissions.all()
    return thread

"""The bot as Discord sees it: the library's client, and the parts that hang on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.domain.counting import many
from bot.gateway.arrivals import Arrivals
from bot.gateway.background import Background
from bot.gateway.catching_up import CatchUps
from bot.gateway.cogs.events import EventsCog
from bot.gateway.endpoint import point, provenance
from bot.gateway.followed import FollowedThreads, Following
from bot.gateway.guard import guard_parsers
from bot.gateway.nights import Nights
from bot.gateway.opening import Opening
from bot.gateway.poster import ChannelPoster
from bot.gateway.server_time import ServerTime
from bot.gateway.staff.posting import post
from bot.gateway.staff.tree import StaffTree
from bot.gateway.staff.turns import Turns
from bot.gateway.ticking import Ticking
from bot.services.conduct import Poster
from bot.services.desk import Desk
from bot.services.desks import Desks
from bot.settings import Settings
from bot.storage.rows import SessionRow

_LAST_LOOKS = 1.0  # seconds, of those in which the bot has to leave

_log = structlog.get_logger(__name__)

Cogs = Sequence[Callable[..., commands.Cog]]
"""What makes a cog of the client, each."""


class IntercoderClient(commands.Bot):
    """Hears the threads of every server's sessions, and answers commands.

    `desks` are the studies by server, `followed` the threads that belong to running sessions.
    """

    def __init__(
        self,
        settings: Settings,
        desks: Desks,
        cogs: Cogs,
        *,
        said: Callable[[str], None] = lambda _: None,
        seated: Callable[[Desk], None] = lambda _: None,
        live: bool = True,
        **options: Any,
    ) -> None:
        """Say what a person at the terminal wants to know by `said`.

        `seated` is called with every desk before its threads are followed. Without `live` the
        client knows its commands and hears nothing.
        """
        # It would warn of libraries that only voice needs, at every start.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            tree_cls=StaffTree,
            intents=_intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            **options,
        )
        point(self, settings.discord)
        guard_parsers(self, self._unread)
        self.settings = settings
        self.desks = desks
        self.background = Background()
        self.server_time = ServerTime()
        self.followed = FollowedThreads(desks)
        self.turns = Turns()
        self.arrivals = Arrivals(
            desks,
            self.followed,
            provenance(settings.discord),
            self.background,
            lambda following, _: self._read_again(following),
        )
        self.catch_ups = CatchUps(
            self.followed,
            self.background,
            self.fetch_channel,
            self.arrivals.read_past,
            self.tell_staff,
            self.server_time.now,
        )
        self.opening = Opening(self)
        self.ticking = Ticking(self)
        self.nights = Nights(self)
        self._cogs_to_add = cogs
        self._said = said
        self._seated = seated
        self._live = live
        self._resumed: set[int] = set()
        self._was_ready = False
        self._clock: asyncio.Task[Any] | None = None

    async def setup_hook(self) -> None:
        """Add the commands; hold every followed thread until it has been read; start the clock."""
        for cog in self._cogs_to_add:
            await self.add_cog(cog(self))
        if not self._live:
            return
        await self.add_cog(EventsCog(self))
        for desk in self.desks.all():
            self._seated(desk)
            await self.followed.rebuild(desk)
        self.catch_ups.hold(self.followed.all())
        self._clock = self.background.start(self.ticking.run(), "clock")
        self.nights.start()

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: there are no commands by message, and EventsCog hears them all."""

    def poster(self) -> Poster:
        """Return what posts into threads."""
        return ChannelPoster(self)

    async def follow(self, desk: Desk, session: SessionRow) -> None:
        """Follow what `session` follows by now, and read what was written since it began.

        To be called after every change of a session: begun, joined, ended.
        """
        self._seated(desk)
        before = {f.thread.id: f for f in self.followed.of_server(desk.server.external_id)}
        await self.followed.rebuild(desk)
        after = {f.thread.id: f for f in self.followed.of_server(desk.server.external_id)}
        new = [f for key, f in after.items() if key not in before and f.session.id == session.id]
        self.catch_ups.hold(new)
        left = [f for key, f in before.items() if key not in after]
        if left:
            self.catch_ups.look_back(left)
        await self.catch_ups.run(new)

    async def tell_staff(
        self,
        desk: Desk,
        text: str = "",
        *,
        embed: discord.Embed | None = None,
        files: Sequence[Path] = (),
    ) -> bool:
        """Post in the staff channel, mentioning nobody; return whether it is there, or log why not.

        `files` are the pictures of the embed.
        """
        channel = desk.server.staff_channel
        if channel is None:
            _log.warning("there is no staff channel to tell something in")
            return False
        try:
            await post(self.get_partial_messageable(int(channel)), text, embed, files)
        except Exception as error:  # noqa: BLE001 - what was to be told matters more than this
            if self.is_closed():
                _log.info("the bot has left: the staff was not told something")
            else:
                _log.warning("the staff could not be told", error=type(error).__name__)
            return False
        return True

    async def promoted(self, desk: Desk) -> None:
        """Look at once which coder is to serve; returns when it does, or was refused."""
        await self.ticking.look(desk)

    def hold(self, shard_id: int | None) -> None:
        """Hold the followed threads of a shard (None: there are no shards)."""
        sharded = isinstance(self, discord.AutoShardedClient)
        if sharded and shard_id is None:
            return  # each shard tells for itself
        self.catch_ups.hold(f for f in self.followed.all() if self._shard(f) == shard_id)

    async def arrive(self, guild: discord.Guild) -> None:
        """Do what was left undone in a server and read what was missed there."""
        desk = self.desks.of(str(guild.id))
        if desk is None:
            return
        if desk.server.id not in self._resumed:
            # First: what a scenario's start left undone decides where messages belong.
            self._resumed.add(desk.server.id)
            await self._finish(desk)
        for following in self.followed.of_server(str(guild.id)):
            self.catch_ups.start(following)
        try:
            await self.opening.while_away(desk, guild)
        except Exception as error:  # noqa: BLE001 - told; threads heard from join all the same
            if self.is_closed():
                return  # the next start looks again
            _log.warning("new threads could not be looked for", error=type(error).__name__)
            await self.tell_staff(
                desk,
                "Threads that were opened while the bot was away could not be looked for; each "
                "joins as soon as it is heard from.",
            )

    @property
    def problem(self) -> str | None:
        """What is wrong with the connection, as a clause; None if nothing is."""
        if not self._was_ready:
            return "it has not connected to Discord yet"
        if isinstance(self, discord.AutoShardedClient):
            gone = any(shard.is_closed() for shard in self.shards.values())
        else:
            gone = not self.ws.open
        return "it is not connected to Discord" if gone else None

    def say_ready(self) -> None:
        """Tell once what the bot found."""
        if self._was_ready:
            return
        self._was_ready = True
        studies, followed = len(self.desks.all()), self.followed.all()
        sessions = len({following.session.id for following in followed})
        self._said(
            f"Intercoder is in {many(len(self.guilds), 'server')}; {studies} with a study; "
            f"{many(sessions, 'running session')}, {many(len(followed), 'thread')} followed."
        )

    async def close(self) -> None:
        """Leave Discord. What was heard goes on its way: see `background`."""
        if self._clock is not None:
            self._clock.cancel()
        # Beside each other: the bot has seconds to leave.
        await asyncio.gather(self.nights.close(), self.catch_ups.stop(_LAST_LOOKS))
        await super().close()

    async def _finish(self, desk: Desk) -> None:
        try:
            for thread, problem in await desk.conduct.resume(self.poster()):
                await self.tell_staff(
                    desk,
                    f"{thread.name}: what the bot had to post there when it was stopped could not "
                    f"be posted: {problem}",
                )
        except Exception as error:  # noqa: BLE001 - told; what is running goes on
            _log.warning("a start was not finished", error=type(error).__name__)
            await self.tell_staff(
                desk,
                "The bot was stopped while it started or ended a scenario, and could not finish "
                "it now: look at the threads, and start the scenario again where it is missing.",
            )

    def _read_again(self, following: Following) -> None:
        _log.warning("something of a thread was not stored: it is read again")
        self.catch_ups.start(following)

    def _unread(self, name: str, data: dict[str, Any]) -> None:
        """Read a thread again after an event of it that the library could not make out."""
        if not name.startswith("MESSAGE_") or not {"content", "attachments"} & data.keys():
            return
        following = self.followed.of(int(data.get("channel_id", 0)))
        if following is not None:
            self.catch_ups.start(following)

    def _shard(self, following: Following) -> int | None:
        count = self.shard_count if isinstance(self, discord.AutoShardedClient) else None
        return (int(following.desk.server.external_id) >> 22) % count if count else None


def _intents() -> discord.Intents:
    """Return what the bot asks to hear: servers, their messages, and what these say."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.message_content = True
    return intents

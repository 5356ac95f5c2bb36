"""The real client at a real log: what the gateway says is spoken to it, its requests answered.

Only the wire is missing: events go into the library where the socket would bring them, and
requests end where they would leave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord
from discord.http import Route

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Thread
from bot.gateway.client import IntercoderClient
from bot.services.conduct import Conduct, Joining
from bot.services.holding import Holding
from bot.services.ingest import Ingest
from bot.settings import Settings
from bot.storage.rows import SessionRow
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

Json = dict[str, Any]

OWN, PERSON, ROBOT = 900, 901, 902
GUILD, CHANNEL, STAFF, FORUM = 100, 200, 201, 202


def snowflake(offset: float = 0.0) -> int:
    """Return an id of now and `offset` seconds."""
    return discord.utils.time_snowflake(discord.utils.utcnow()) + (int(offset * 1000) << 22)


def user(id_: int = PERSON, *, bot: bool = False) -> Json:
    name = f"name{id_}"
    return {"id": str(id_), "username": name, "discriminator": "0", "avatar": None, "bot": bot}


def message(id_: int, text: str = "hello", *, thread: int, **other: Any) -> Json:
    at = discord.utils.snowflake_time(id_).isoformat()
    base: Json = {
        "id": str(id_),
        "channel_id": str(thread),
        "guild_id": str(GUILD),
        "author": user(),
        "content": text,
        "timestamp": at,
        "edited_timestamp": None,
        "type": 0,
        "attachments": [],
        "embeds": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "flags": 0,
    }
    return base | other


def thread(id_: int, parent: int = CHANNEL, **other: Any) -> Json:
    metadata = {
        "archived": other.pop("archived", False),
        "auto_archive_duration": 1440,
        "archive_timestamp": other.pop("archived_at", datetime.now(UTC).isoformat()),
        "locked": False,
    }
    base: Json = {
        "id": str(id_),
        "guild_id": str(GUILD),
        "parent_id": str(parent),
        "owner_id": str(PERSON),
        "name": f"group {id_ % 1000}",
        "type": 11,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "thread_metadata": metadata,
    }
    return base | other


def guild(threads: Iterable[Json] = ()) -> Json:
    own = {"user": user(OWN, bot=True), "roles": [], "joined_at": None, "flags": 0}
    role = {"id": str(GUILD), "name": "@everyone", "permissions": "0", "position": 0, "color": 0}
    role |= {"hoist": False, "managed": False, "mentionable": False, "flags": 0}
    channels = [
        {"id": str(i), "name": f"c{i}", "type": kind, "position": 0, "permission_overwrites": []}
        for i, kind in ((CHANNEL, 0), (STAFF, 0), (FORUM, 15))
    ]
    return {
        "id": str(GUILD),
        "name": "lab",
        "owner_id": str(PERSON),
        "roles": [role],
        "emojis": [],
        "stickers": [],
        "features": [],
        "members": [own],
        "channels": channels,
        "threads": list(threads),
        "unavailable": False,
        "member_count": 2,
        "preferred_locale": "en-US",
        "verification_level": 0,
        "explicit_content_filter": 0,
        "default_message_notifications": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "afk_channel_id": None,
    }


@dataclass
class Desk:
    """What the gateway needs of a desk."""

    server: Any
    study: Any
    ingest: Ingest
    holding: Holding
    conduct: Conduct
    keep_deleted: bool = True
    live: Any = None


@dataclass
class Desks:
    """The desks by server."""

    by_server: dict[str, Desk] = field(default_factory=dict)

    def of(self, server_id: str) -> Desk | None:
        return self.by_server.get(server_id)

    def all(self) -> tuple[Desk, ...]:
        return tuple(self.by_server.values())


# The library's tasks for events, and what they start.
_WORK = ("discord.py: on_", "event", "change of", "deletion", "catch-up", "last look")


class Wire:
    """Answers requests; `asked` are those that came, `posted` what they posted where."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.posted: list[tuple[int, str]] = []
        self.payloads: list[Json] = []
        self.history: dict[int, list[Json]] = {}
        self.unlisted: dict[int, list[Json]] = {}  # what is there and history leaves out
        self.channels: dict[int, Json] = {}
        self.active: list[Json] = []
        self.archived: list[Json] = []
        self.fail: Callable[[Route], BaseException | None] = lambda _: None
        self.on_post: Callable[[int, int], None] = lambda *_: None

    async def request(self, route: Route, **given: Any) -> Any:
        self.asked.append(f"{route.method} {route.path}")
        if (error := self.fail(route)) is not None:
            raise error
        channel = int(route.channel_id or 0)
        match f"{route.method} {route.path}":
            case "GET /channels/{channel_id}":
                return self.channels[channel]
            case "GET /channels/{channel_id}/messages":
                params = given["params"]
                later = [m for m in self.history.get(channel, []) if int(m["id"]) > params["after"]]
                oldest = sorted(later, key=lambda m: int(m["id"]))[: params["limit"]]
                return oldest[::-1]
            case "GET /channels/{channel_id}/messages/{message_id}":
                return self._one(channel, route.url.rsplit("/", 1)[1])
            case "POST /channels/{channel_id}/messages":
                payload = given["json"]
                posted = snowflake()
                self.posted.append((channel, payload["content"]))
                self.payloads.append(payload)
                sent = message(
                    posted, payload["content"], thread=channel, author=user(OWN, bot=True)
                )
                self.history.setdefault(channel, []).append(sent)
                self.on_post(channel, posted)
                return sent
            case path if "/threads/" in path:
                listed = {"active": self.active, "public": self.archived}
                found = listed.get(path.rsplit("/", 1)[1], [])
                return {"threads": found, "members": [], "has_more": False}
            case "PUT /channels/{channel_id}/thread-members/@me":
                return None
        raise AssertionError(f"unexpected request {route.method} {route.path}")

    def _one(self, channel: int, message_id: str) -> Json:
        for found in (*self.history.get(channel, []), *self.unlisted.get(channel, [])):
            if found["id"] == message_id:
                return found
        raise refused(404, 10008)


def refused(status: int, code: int = 0) -> discord.HTTPException:
    """Return the library's error for an answer with that status and Discord's code."""
    response = cast("Any", SimpleNamespace(status=status, reason="no"))
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = kinds.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)
    return kind(response, {"code": code, "message": "hidden-words"})


class Seat:
    """One server with a study, and the client that serves it."""

    url: str
    store: Store
    desk: Desk
    wire: Wire
    client: IntercoderClient
    said: list[str]

    @classmethod
    async def open(cls, folder: Path, sleep: Callable[[float], Awaitable[object]]) -> Seat:
        seat = cls()
        seat.url = sqlite_url(folder / "study.db")
        seat.store = await Store.open(seat.url)
        study = await seat.store.studies.open("study", codebook_from_codes(("A", "B"), "book"))
        ingest, holding = Ingest(seat.store, study), Holding()
        server = await seat.store.servers.save(
            study.id, "discord", str(GUILD), staff_channel=str(STAFF)
        )
        seat.desk = Desk(server, study, ingest, holding, Conduct(ingest, None, holding))
        seat.said = []
        desks = cast("Any", Desks({str(GUILD): seat.desk}))
        seat.client = IntercoderClient(Settings(), desks, (), said=seat.said.append)
        seat.client.catch_ups._pause = sleep
        seat.wire = Wire()
        seat.client.http.request = seat.wire.request
        await seat.client._async_setup_hook()
        return seat

    async def close(self) -> None:
        await self.client.background.settle(0.01)
        await self.client.close()
        await self.store.close()

    def hear(self, event: str, data: Json) -> None:
        """Let the library parse an event, as the socket would."""
        self.client._connection.parsers[event](data)

    async def arrive(self, *threads: Json) -> None:
        """Connect: READY and the server's GUILD_CREATE, with its active threads."""
        connected = {"user": user(OWN, bot=True), "guilds": [{"id": str(GUILD)}]}
        self.client._connection.guild_ready_timeout = 0.01
        self.hear("READY", connected | {"application": {"id": "1", "flags": 0}})
        self.hear("GUILD_CREATE", guild(threads))
        await self.client.wait_until_ready()

    async def follow(
        self, *thread_ids: int, start: int, channels: tuple[int, ...] = ()
    ) -> SessionRow:
        """Begin a session whose threads start at order key `start`; nothing is read yet."""
        joinings = [Joining(Thread(str(i), f"group {i % 1000}"), start) for i in thread_ids]
        session = await self.desk.conduct.begin("one", joinings, [str(c) for c in channels])
        await self.client.followed.rebuild(cast("Any", self.desk))
        return session

    async def quiet(self) -> None:
        """Wait until what was heard has been dealt with, and is on disk."""
        while waiting := [t for t in asyncio.all_tasks() if t.get_name().startswith(_WORK)]:
            await asyncio.wait(waiting)
        await self.store.connections.write(_nothing, None)

    async def log(self) -> list[tuple[str, str]]:
        """Return id and text of every message, in the order of the log."""
        return [
            (m.id, m.text)
            async for coded in self.store.transcripts.stream(self.desk.study.id)
            for m in coded.discussion.messages
        ]


async def _nothing(_connection: object, items: list[None]) -> list[None]:
    return list(items)

"""A small world, its gateway on a real socket, and a bare discord.py client that is connected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.rehearsal.faults import Faults
from bot.rehearsal.gateway.hub import GatewayHub

TOKEN = "MTIz.abc.def"  # noqa: S105 - opens nothing
BOT = {"id": "900", "username": "intercoder", "discriminator": "0", "avatar": None, "bot": True}
ANNA = {"id": "700", "username": "anna", "discriminator": "0", "avatar": None}
GUILD, CHANNEL = str(5 << 22), str(6 << 22)
SECOND = str((5 << 22) + (1 << 22))  # of the other shard, where there are two

Callback = Callable[[str, dict[str, Any], str | None], None]


def member(user: dict[str, Any]) -> dict[str, Any]:
    joined = "2026-01-01T00:00:00+00:00"
    fixed = {"roles": [], "deaf": False, "mute": False, "flags": 0}
    return fixed | {"user": user, "joined_at": joined}


class SmallWorld:
    """Two servers, a channel, and who is there."""

    def __init__(self) -> None:
        self.callbacks: list[Callback] = []
        self.next_id = 1 << 40

    def subscribe(self, callback: Callback) -> None:
        self.callbacks.append(callback)

    def bot_user(self) -> dict[str, Any]:
        return BOT

    def application(self) -> dict[str, Any]:
        return {"id": "900", "flags": 0}

    def guild_ids(self) -> tuple[str, ...]:
        return (GUILD, SECOND)

    def guild_create(self, guild_id: str) -> dict[str, Any]:
        channel = {"id": CHANNEL, "type": 0, "name": "talk", "position": 0, "nsfw": False}
        channels = [channel | {"permission_overwrites": []}] if guild_id == GUILD else []
        return {
            "id": guild_id,
            "name": "study",
            "owner_id": "1",
            "unavailable": False,
            "members": [member(BOT), member(ANNA)],
            "member_count": 2,
            "channels": channels,
            "threads": [],
            "roles": [],
            "emojis": [],
            "features": [],
            "presences": [],
            "voice_states": [],
            "stickers": [],
        }

    def say(self, text: str, author: dict[str, Any] = ANNA) -> str:
        self.next_id += 1
        message = {
            "id": str(self.next_id),
            "channel_id": CHANNEL,
            "guild_id": GUILD,
            "author": author,
            "member": {key: v for key, v in member(author).items() if key != "user"},
            "content": text,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [BOT] if "<@900>" in text else [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
        }
        self.emit("MESSAGE_CREATE", message)
        return message["id"]

    def emit(self, name: str, payload: dict[str, Any], guild: str | None = GUILD) -> None:
        for callback in self.callbacks:
            callback(name, payload, guild)


class Listening(discord.Client):
    """Keeps what it hears; `heard` is notified of every event."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.02, **options)
        self.texts: list[str] = []
        self.events: list[str] = []
        self.heard = asyncio.Condition()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass  # it would wait for 5 s, as Discord asks for

    async def on_message(self, message: discord.Message) -> None:
        await self._note("message", message.content)

    async def on_socket_event_type(self, name: str) -> None:
        await self._note(name)

    async def on_ready(self) -> None:
        await self._note("ready")

    async def on_disconnect(self) -> None:
        await self._note("disconnect")

    async def _note(self, name: str, text: str | None = None) -> None:
        async with self.heard:
            self.events.append(name)
            if text is not None:
                self.texts.append(text)
            self.heard.notify_all()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with self.heard, asyncio.timeout(5):
            await self.heard.wait_for(reached)

    async def until_heard(self, count: int) -> list[str]:
        await self.until(lambda: len(self.texts) >= count)
        return self.texts


class Served:
    """A hub on a port of this machine, in front of a small world."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.world = SmallWorld()
        self.violations: list[str] = []
        self.faults = Faults()
        self.hub = GatewayHub(self.world, self.faults, TOKEN, self.violations, **options)
        self._monkeypatch = monkeypatch

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Served]:
        app = web.Application()
        app.router.add_get("/gateway", self.hub.handle)
        app.router.add_get("/{path:.*}", self._rest)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.gateway = f"ws://127.0.0.1:{port}/gateway"
        self._monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{port}")
        self._monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.gateway))
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _rest(self, request: web.Request) -> web.Response:
        answers = {
            "users/@me": BOT,
            "oauth2/applications/@me": APPLICATION,
            "gateway/bot": {"url": self.gateway} | LIMITS,
        }
        body = json.dumps(answers[request.match_info["path"]]).encode()
        # Exactly this type, without a charset: else discord.py takes the answer for text.
        return web.Response(body=body, headers={"Content-Type": "application/json"})

    @asynccontextmanager
    async def client(
        self, intents: discord.Intents | None = None, kind: type[Any] = Listening, **options: Any
    ) -> AsyncIterator[Listening]:
        asked = discord.Intents(guilds=True, messages=True, message_content=True)
        client: Listening = kind(intents=asked if intents is None else intents, **options)
        running = asyncio.create_task(client.start(TOKEN))
        try:
            await client.until(lambda: "ready" in client.events)
            yield client
        finally:
            await client.close()
            with suppress(asyncio.CancelledError):
                await running


APPLICATION = {"id": "900", "name": "intercoder", "description": "", "icon": None, "flags": 0} | {
    "verify_key": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "summary": "",
    "team": None,
    "owner": ANNA,
}
LIMITS = {
    "shards": 2,
    "session_start_limit": {
        "total": 1000,
        "remaining": 1000,
        "reset_after": 0,
        "max_concurrency": 2,
    },
}

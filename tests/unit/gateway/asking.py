"""Somebody who uses a command: what they are to the server, and what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from unittest.mock import Mock

import discord

GUILD = 700
_ids = count(10_000)


def member(*roles: int, number: int = 42) -> discord.Member:
    made = Mock(spec=discord.Member)
    made.id = number
    made.roles = [Mock(spec=discord.Role, id=role) for role in roles]
    return made  # type: ignore[no-any-return]


class Response:
    def __init__(self, told: list[dict[str, Any]]) -> None:
        self.told = told
        self.deferred: list[dict[str, Any]] = []
        self._done = False

    def is_done(self) -> bool:
        return self._done

    async def defer(self, **options: Any) -> None:
        assert not self._done
        self._done = True
        self.deferred.append(options)

    async def send_message(self, content: str | None = None, **options: Any) -> None:
        assert not self._done
        self._done = True
        self.told.append({"content": content, **options})

    async def edit_message(self, **options: Any) -> None:
        assert not self._done
        self._done = True
        self.told.append(options)

    async def send_modal(self, modal: Any) -> None:
        assert not self._done
        self._done = True
        self.told.append({"modal": modal})

    async def autocomplete(self, choices: Sequence[Any]) -> None:
        assert not self._done
        self._done = True
        self.told.append({"choices": list(choices)})


class Asking:
    """A stand-in for an interaction; `told` is every answer, `answer` the last."""

    def __init__(
        self,
        client: Any,
        *roles: int,
        keeper: bool = False,
        guild: Any = None,
        channel: Any = None,
        name: str = "code",
        kind: discord.InteractionType = discord.InteractionType.application_command,
        number: int = 42,
    ) -> None:
        self.id = next(_ids)
        self.created_at = discord.utils.snowflake_time(self.id)
        self.client = client
        self.user = member(*roles, number=number)
        self.guild = guild or Mock(spec=discord.Guild, id=GUILD)
        self.guild_id: int | None = self.guild.id
        self.permissions = discord.Permissions(manage_guild=keeper)
        self.channel = channel
        self.channel_id = None if channel is None else channel.id
        self.data: dict[str, Any] = {"name": name}
        self.message: Any = None
        self.type = kind
        self.command = None
        self.filesize_limit = 8_000_000
        self.told: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        self.response = Response(self.told)
        self.followup = self

    async def edit_original_response(self, **options: Any) -> None:
        assert self.response.is_done()
        self.files += [file.fp.read() for file in options.get("attachments", ())]
        self.told.append(options)

    async def send(self, content: str, **options: Any) -> None:
        assert self.response.is_done()
        self.told.append({"content": content, **options})

    @property
    def answer(self) -> dict[str, Any]:
        return self.told[-1]

    @property
    def text(self) -> str:
        return str(self.answer["content"])

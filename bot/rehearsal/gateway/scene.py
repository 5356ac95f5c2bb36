"""What the gateway asks of the world that it tells about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Scene(Protocol):
    """What the gateway asks of the world."""

    def subscribe(self, callback: Callable[[str, dict[str, Any], str | None], None]) -> object:
        """Call back with every event that the bot may see: its name, payload, and server's id."""
        ...

    def bot_user(self) -> dict[str, Any]:
        """Return the bot's own user."""
        ...

    def application(self) -> dict[str, Any]:
        """Return the bot's application, with id and flags."""
        ...

    def guild_ids(self) -> tuple[str, ...]:
        """Return the servers that the bot is in."""
        ...

    def guild_create(self, guild_id: str) -> dict[str, Any]:
        """Return a server as GUILD_CREATE shows it to the bot."""
        ...

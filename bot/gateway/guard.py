"""An event that the library cannot read does not end the connection.

The library takes what Discord documents. One event of another shape (a server that leaves out a
key, an edit that names only what changed) would otherwise end the whole run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
import structlog

_log = structlog.get_logger(__name__)

Parse = Callable[[dict[str, Any]], None]
Unread = Callable[[str, dict[str, Any]], None]
"""Is told the name and the payload of an event that could not be read."""


def guard_parsers(client: discord.Client, unread: Unread) -> None:
    """Let `unread` be called, and the connection go on, where the library fails on an event."""
    parsers: dict[str, Parse] = client._connection.parsers  # noqa: SLF001 - its only place
    for name, parse in parsers.items():
        parsers[name] = _guarded(name, parse, unread)


def _guarded(name: str, parse: Parse, unread: Unread) -> Parse:
    def guarded(data: dict[str, Any]) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - logged, and handed on
            _log.warning("an event could not be read", event_name=name, error=type(error).__name__)
            unread(name, data)

    return guarded

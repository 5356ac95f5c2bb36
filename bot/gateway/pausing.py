"""Pauses that are cut short when the bot is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def pause_until(leaving: asyncio.Event, pause: Awaitable[object]) -> bool:
    """Wait for the end of `pause`, or at most until `leaving`; return whether that is set."""
    moment, left = asyncio.ensure_future(pause), asyncio.ensure_future(leaving.wait())
    try:
        await asyncio.wait({moment, left}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        moment.cancel()
        left.cancel()
    return leaving.is_set()

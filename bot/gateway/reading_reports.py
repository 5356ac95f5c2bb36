"""What the staff is told about threads that were read again, or could not be."""

from __future__ import annotations

import discord

from bot.domain.counting import many
from bot.gateway.followed import Following
from bot.storage.live_rows import Gap


def gone(following: Following) -> str:
    """Return that a thread is no more, or not for the bot."""
    return (
        f"{following.thread.name}: this thread was deleted, or the bot was removed from it. What "
        "it has heard there stays in the log; nothing more comes in."
    )


def unreadable(following: Following, error: Exception) -> str:
    """Return that a thread could not be read so far, and what to do."""
    if isinstance(error, discord.Forbidden):
        return (
            f"{following.thread.name}: the bot may not read what was written while it was away. "
            "Give its role View Channel and Read Message History; it tries again each minute."
        )
    return (
        f"{following.thread.name}: what was written while the bot was away could not be read "
        f"({type(error).__name__}). It goes on trying; new messages are stored meanwhile."
    )


def not_looked_at(following: Following, error: Exception) -> str:
    """Return that the last look at a thread failed."""
    return (
        f"{following.thread.name}: it could not be read once more after the end of the session "
        f"({type(error).__name__}). What was written in the last second before it may be missing."
    )


def missing(following: Following, gap: Gap) -> str:
    """Return how many messages are lost in a gap."""
    return (
        f"{following.thread.name}: {many(gap.missing, 'message')} deleted before the bot could "
        "read them. The gap is recorded in the log."
    )

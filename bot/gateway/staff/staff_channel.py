"""The staff channel: what the bot needs there, and who must not read it."""

from __future__ import annotations

import discord

_NEEDED = {
    "View Channel": "view_channel",
    "Send Messages": "send_messages",
    "Embed Links": "embed_links",
    "Read Message History": "read_message_history",
}


def lacking(channel: discord.TextChannel, me: discord.Member) -> str | None:
    """Return the permissions that the bot lacks in a staff channel, or None."""
    may = channel.permissions_for(me)
    missing = [name for name, attribute in _NEEDED.items() if not getattr(may, attribute)]
    return ", ".join(missing) or None


def is_open(channel: discord.TextChannel) -> bool:
    """Tell whether everyone on the server can read the channel: participants would see codes."""
    return channel.permissions_for(channel.guild.default_role).view_channel

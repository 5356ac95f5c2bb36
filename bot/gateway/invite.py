"""The link by which a server invites the bot, with the rights that it needs and no more."""

from __future__ import annotations

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True,  # to hear the threads
    read_message_history=True,  # to fill what it missed
    send_messages=True,  # the staff panel
    send_messages_in_threads=True,  # the scenarios
    embed_links=True,  # the panel is an embed
    attach_files=True,  # exports
)
SCOPES = ("bot", "applications.commands")


def invite_link(application_id: int) -> str:
    """Return the address that asks whoever opens it into which server to invite the bot."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)

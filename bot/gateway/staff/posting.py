"""Posting in the staff channel: a text, or an embed with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import discord

from bot.gateway.splitting import pieces

_UNSEEN = "The picture could not be attached: give the bot's role Attach Files here."


async def post(
    channel: discord.PartialMessageable,
    text: str,
    embed: discord.Embed | None = None,
    pictures: Sequence[Path] = (),
) -> None:
    """Post in as many messages as Discord needs; without the pictures where it takes none.

    Raises discord.HTTPException where it takes nothing.
    """
    for piece in pieces(text) if text else ():
        await channel.send(piece)
    if embed is None:
        return
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(closing(discord.File(file))) for file in pictures]
            await channel.send(embed=embed, files=files)
    except (discord.Forbidden, OSError):
        if not pictures:
            raise
        await channel.send(embed=embed.set_image(url=None).set_footer(text=_UNSEEN))

"""Forms of one text field; what is sent in works on after a restart of the bot.

The library forgets its forms when the bot stops, and with them the reason that somebody was
writing. So a form's name tells all that is needed, and a cog hears of every form sent in.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.gateway.staff.answers import on_error, refuse
from bot.gateway.staff.parts import Interaction
from bot.gateway.staff.roles import may
from bot.gateway.staff.texts import clip

_OPEN = 900.0  # seconds that the library remembers a form that nobody sends in
MOST = 1_000
"""Characters that a form takes."""


@dataclass(frozen=True, slots=True)
class FormKind:
    """What a form is called, whose right it needs, and what becomes of its text."""

    template: re.Pattern[str]
    command: str
    act: Callable[[Interaction, re.Match[str], str], Awaitable[None]]


async def open_form(interaction: Interaction, custom_id: str, title: str, label: str) -> None:
    """Answer a click with a form; its text is required."""
    modal = discord.ui.Modal(title=clip(title, 45), custom_id=custom_id, timeout=_OPEN)
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id="text", style=discord.TextStyle.paragraph, min_length=1, max_length=MOST
    )
    modal.add_item(discord.ui.Label(text=clip(label, 45), component=field))
    await interaction.response.send_modal(modal)


async def submitted(interaction: Interaction, kinds: Sequence[FormKind]) -> None:
    """Do what a form of ours asks for; others are left alone. Errors are answered."""
    data: Mapping[str, Any] = interaction.data or {}
    for kind in kinds:
        match = kind.template.fullmatch(str(data.get("custom_id")))
        if match is None:
            continue
        try:
            if not may(interaction, kind.command):
                await refuse(interaction)
                return
            await interaction.response.defer()
            await kind.act(interaction, match, _written(data.get("components") or ()))
        except Exception as error:  # noqa: BLE001 - answered and logged
            await on_error(interaction, error)
        return


def _written(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what stands in the form's field, which is in a row or under a label."""
    for row in rows:
        for item in (*row.get("components", ()), row.get("component") or {}):
            if item.get("custom_id") == "text":
                return str(item.get("value") or "").strip()
    return ""

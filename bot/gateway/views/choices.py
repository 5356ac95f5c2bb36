"""A codebook in select menus, of which each takes 25 codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.codebook import Code
from bot.gateway.staff.meant import key_of
from bot.gateway.staff.texts import CHOICE, PAGE, clip


def page_count(codes: Sequence[Code]) -> int:
    """Return how many pages the codes take; at least one."""
    return max(1, -(-len(codes) // PAGE))


def page_of(code: str | None, codes: Sequence[Code]) -> int:
    """Return the page of a code; the first where there is none."""
    names = [each.code for each in codes]
    return names.index(code) // PAGE if code in names else 0


def code_select(
    custom_id: str, codes: Sequence[Code], page: int, now: str | None = None
) -> discord.ui.Select[Any]:
    """Return the select of one page of `codes`; `now`, which may be confirmed, is marked."""
    shown = codes[page * PAGE : (page + 1) * PAGE]
    placeholder = "Choose the code" if now is None else f"{now}: choose it to confirm"
    return discord.ui.Select(
        custom_id=custom_id,
        placeholder=clip(placeholder, 150),
        options=[_option(code, now) for code in shown],
    )


def pages_beside(page: int, pages: int) -> tuple[tuple[int, str], ...]:
    """Return the pages that buttons lead to, in a circle, with the buttons' labels."""
    if pages == 1:
        return ()
    before, after = (page - 1) % pages, (page + 1) % pages
    onward = (after, f"Page {after + 1} of {pages}")
    # With two, both would lead to the same page.
    return (onward,) if pages == 2 else ((before, f"Page {before + 1}"), onward)


def _option(code: Code, now: str | None) -> discord.SelectOption:
    # The present one is marked by a tick: were it the select's default, choosing it again,
    # which confirms it, would send nothing.
    mark = "✓ " if code.code == now else ""
    described = f"{code.code}: {code.definition}" if code.definition else code.code
    return discord.SelectOption(
        label=clip(mark + (code.title or code.code), CHOICE),
        value=key_of(code.code),
        description=clip(" ".join(described.split()), CHOICE),
    )

"""The codebook, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

import discord

from bot.domain.codebook import Code, Codebook
from bot.gateway.staff.answers import answer
from bot.gateway.staff.parts import Interaction, desk_of
from bot.gateway.staff.texts import clip, quoted, size
from bot.gateway.views.staff_item import StaffItem

_ROOM = 3_600  # characters of codes on a page, of the 4,096 that a description may have
_ENTRY = 1_200  # characters of one code


class CodebookPage(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"codebook:page:(?P<page>\d{1,4})",
):
    """Turns to another page."""

    command = "codebook"

    def __init__(self, page: int, label: str = "Turn") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"codebook:page:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(int(match["page"]))

    async def act(self, interaction: Interaction) -> None:
        """Show the page."""
        await show_page(interaction, desk_of(interaction).study.codebook, self.page)


async def show_page(interaction: Interaction, book: Codebook, page: int = 0) -> None:
    """Answer with one page of the codebook; beyond the last it is the last."""
    embed, view = page_shown(book, page, CodebookPage)
    await answer(interaction, embed=embed, view=view)


def page_shown(
    book: Codebook, page: int, button: Callable[[int, str], discord.ui.Item[Any]]
) -> tuple[discord.Embed, discord.ui.View | None]:
    """Return one page, and what turns to its neighbours; each is made by `button`."""
    pages = codebook_pages(book)
    page = min(page, len(pages) - 1)
    embed = discord.Embed(
        title=clip(f"{book.title}, version {book.version}", 256), description=pages[page]
    )
    embed.set_footer(text=f"{len(book.codes)} codes, page {page + 1} of {len(pages)}")
    view = discord.ui.View(timeout=None)
    if page > 0:
        view.add_item(button(page - 1, "Previous page"))
    if page < len(pages) - 1:
        view.add_item(button(page + 1, "Next page"))
    return embed, view if view.children else None


def codebook_pages(book: Codebook) -> tuple[str, ...]:
    """Return the codes as pages of text; a code is never torn."""
    pages: list[list[str]] = [[]]
    room = _ROOM
    if book.description:
        intro = quoted(book.description, 600)
        pages[0].append(intro)
        room -= size(intro)
    for code in book.codes:
        entry = clip(_entry(code), _ENTRY)
        if pages[-1] and size(entry) + 2 > room:
            pages.append([])
            room = _ROOM
        pages[-1].append(entry)
        room -= size(entry) + 2
    return tuple("\n\n".join(page) for page in pages)


def _entry(code: Code) -> str:
    title = f": {quoted(code.title, 150)}" if code.title not in ("", code.code) else ""
    told = [f"**{quoted(code.code, 100)}**{title}"]
    if code.definition:
        told.append(quoted(code.definition, 500))
    told += [f"- {quoted(example, 120)}" for example in code.examples[:3]]
    return "\n".join(told)

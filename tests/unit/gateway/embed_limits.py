"""Discord's limits for one embed, as its documentation has them."""

from __future__ import annotations

import discord


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def assert_fits(embed: discord.Embed) -> None:
    assert units(embed.title or "") <= 256
    assert units(embed.description or "") <= 4096
    assert units(embed.footer.text or "") <= 2048
    assert len(embed.fields) <= 25
    total = units((embed.title or "") + (embed.description or "") + (embed.footer.text or ""))
    for field in embed.fields:
        assert 0 < units((field.name or "").strip()) <= 256
        assert 0 < units((field.value or "").strip()) <= 1024
        total += units((field.name or "") + (field.value or ""))
    assert total <= 6000

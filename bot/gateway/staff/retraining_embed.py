"""The report on a retraining as an embed: pure, narrow enough for a phone."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.retraining import CodeChange
from bot.gateway.staff.texts import CONTENT, FIELD, clip, lines, quoted
from bot.services.retraining.report import Report
from bot.storage.retrainings import State

_COLOURS = {
    State.PROMOTED: discord.Colour.green(),
    State.KEPT: discord.Colour.blurple(),
    State.FAILED: discord.Colour.red(),
}
_WIDE = 9  # characters of a measure's or a code's name: a line has 27, as a phone shows them
_FENCE = len("```\n\n```")


def retraining_embed(study: str, told: Report, state: State) -> discord.Embed:
    """Return the report on a retraining of `study` that ended in `state`."""
    embed = discord.Embed(
        title=clip(f"{told.title}: {study}", 256),
        description=quoted(told.reason, 1_000),
        colour=_COLOURS.get(state, discord.Colour.light_grey()),
    )
    if told.figures:
        rows = [f"{'measure':<{_WIDE}} {'before':>6} {'after':>6}"]
        rows += [f"{name:<{_WIDE}} {old:>6} {new:>6}" for name, old, new in told.figures]
        embed.add_field(name="On the gold messages", value=_fenced(rows), inline=False)
    for name, codes in (("Found more often", told.rose), ("Found less often", told.fell)):
        if codes:
            embed.add_field(name=name, value=_fenced([_row(code) for code in codes]), inline=False)
    said = [*(f"- {quoted(remark, 300)}" for remark in told.remarks)]
    if said:
        embed.add_field(name="To be said beside it", value=lines(said, FIELD), inline=False)
    if told.advice:
        embed.add_field(name="What you can do", value=clip(told.advice, FIELD), inline=False)
    if told.pictures:
        embed.set_image(url=f"attachment://{told.pictures[0].name}")
    return embed


def skipped_line(study: str, told: Report) -> str:
    """Return the one line about a night without a retraining."""
    return clip(
        f"{told.title} ({quoted(study, 100)}): {quoted(told.reason, 900)} {told.advice}", CONTENT
    )


def _row(change: CodeChange) -> str:
    """Return a code with its number of gold records, and the share of them found."""
    name = clip(change.code, _WIDE)
    before, after = (_whole(value) for value in (change.recall_before, change.recall_after))
    return f"{name:<{_WIDE}} {before:>4} > {after:>4}  n={change.n}"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _fenced(rows: Sequence[str]) -> str:
    # A name with a backtick would end the block.
    plain = [row.replace("`", "'").rstrip() for row in rows]
    return f"```\n{lines(plain, FIELD - _FENCE, 'and {} more')}\n```"

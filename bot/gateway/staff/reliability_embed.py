"""Agreement between coders as an embed: pure, from figures to a table within Discord's limits."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.counting import many
from bot.gateway.staff.agreement_text import short
from bot.gateway.staff.texts import FIELD, clip, lines, quoted
from bot.reliability.result import AC1, ALPHA, COHEN, COHEN_MEAN, FLEISS, PERCENT, Figure
from bot.services.reliability import StudyReliability

_NAMES = {
    PERCENT: "agreement",
    COHEN_MEAN: "Cohen's kappa",
    FLEISS: "Fleiss' kappa",
    ALPHA: "Krippendorff's alpha",
    AC1: "Gwet's AC1",
}
_WIDE = 30  # characters of a pair's or a code's name
_FENCE = len("```\n\n```")


def reliability_embed(found: StudyReliability) -> discord.Embed:
    """Return the measures of all coders, then each pair's and each code's, with their units."""
    what = "units of analysis" if found.of_units else "messages"
    overall = found.overall.overall
    head = (
        f"{many(len(found.coders), 'coder')}: {', '.join(quoted(c, 40) for c in found.coders[:20])}"
        f"\n**{overall.n_units:,}** {what} coded by two or more, in {many(overall.groups, 'group')}"
    )
    rows = [f"{'all coders':<22} {'value':>5}  95 % interval"]
    rows += [f"{name:<22} {_row(overall[key])}" for key, name in _NAMES.items()]
    embed = discord.Embed(
        title=clip(f"Reliability: {found.session or found.name}", 256),
        description=f"{clip(head, 1_200)}\n{_fenced(rows, 900)}",
        colour=discord.Colour.blurple(),
    )
    pairs = [
        f"{clip(' / '.join(pair.coders), _WIDE):<{_WIDE}} {_row(pair.overall[COHEN])} "
        f"n={pair.overall.n_units:,}"
        for pair in found.overall.pairs
    ]
    embed.add_field(name="Cohen's kappa, pair by pair", value=_fenced(pairs, FIELD), inline=False)
    codes = [
        f"{clip(code, _WIDE):<{_WIDE}} {_row(measures[ALPHA])} n={measures.codings:,}"
        for code, measures in found.overall.per_code.items()
    ]
    if codes:
        embed.add_field(
            name="Krippendorff's alpha, code by code", value=_fenced(codes, FIELD), inline=False
        )
    told = [*found.notes, *filter(None, [found.unitising_told])]
    if told:
        notes = [f"- {quoted(note, 300)}" for note in told]
        embed.add_field(name="To be said beside it", value=lines(notes, 900), inline=False)
    return embed


def _row(figure: Figure) -> str:
    interval = ""
    if figure.low is not None and figure.high is not None:
        interval = f"{short(figure.low)} to {short(figure.high)}"
    return f"{short(figure.value):>5}  {interval:<12}"


def _fenced(rows: Sequence[str], room: int) -> str:
    # A name with a backtick would end the block.
    plain = [row.replace("`", "'").rstrip() for row in rows]
    return f"```\n{lines(plain, room - _FENCE, 'and {} more')}\n```"

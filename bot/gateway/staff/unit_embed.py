"""Two messages that may be one thought, as whoever unitises reads them: pure."""

from __future__ import annotations

import discord

from bot.domain.counting import many
from bot.gateway.staff.spoken import scenario_name, spoken
from bot.gateway.staff.texts import clip
from bot.services.people.unitising import Proposal

_ASKED = "**One thought, or two?**"


def unit_embed(proposal: Proposal) -> discord.Embed:
    """Return the two messages with what was said before and between them."""
    stored = proposal.message
    first, second = proposal.previous.message, stored.message
    embed = discord.Embed(
        title=scenario_name(stored.scenario, second),
        description=spoken(
            stored.scenario, proposal.window.messages, (first, second), heading=_ASKED
        ),
        colour=discord.Colour.teal(),
    )
    between = second.sequence - first.sequence - 1
    told = [f"{proposal.left:,} left"]
    if first.sent_at is not None and second.sent_at is not None:
        seconds = (second.sent_at - first.sent_at).total_seconds()
        told.append(f"{seconds:.0f} s apart")
    if between:
        told.append(f"{many(between, 'message')} of others between them")
    if proposal.decided_by:  # not what: everybody decides alone
        told.append(f"decided by {', '.join(clip(name, 40) for name in proposal.decided_by[:10])}")
    embed.set_footer(text=" · ".join(told))
    return embed

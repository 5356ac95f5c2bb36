"""A disagreement as whoever adjudicates reads it: pure, within Discord's limits."""

from __future__ import annotations

import discord

from bot.domain.codebook import Codebook
from bot.domain.coding import CoderKind, Coding
from bot.gateway.staff.render import decision, named, when
from bot.gateway.staff.spoken import scenario_name, spoken
from bot.gateway.staff.texts import clip, last_lines, percent, quoted
from bot.services.people.adjudication import Case
from bot.storage.rows import Mark

# Characters of each field, so that all together fit into an embed's 6,000.
_PEOPLE = 800
_PART = 350

_MARKED = {
    "unsure": "unsure",
    "skipped": "skipped it",
    "edge_case": "an edge case",
    "shown": "was shown others' codes",
    "undone": "took a mark back",
}


def case_embed(case: Case, book: Codebook) -> discord.Embed:
    """Return a message with all codes, notes and marks, and why it is to be decided."""
    stored = case.stored
    unit = case.unit or (stored.message,)
    embed = discord.Embed(
        title=scenario_name(stored.scenario, stored.message),
        description=spoken(stored.scenario, case.window.messages, unit, case.reply_to),
        colour=discord.Colour.orange(),
    )
    embed.add_field(name="Why it is here", value=clip(quoted(case.why, 300), _PART), inline=False)
    people = [decision(c) for c in case.codings if c.kind is CoderKind.HUMAN]
    embed.add_field(name="People's codes", value=last_lines(people, _PEOPLE), inline=False)
    models = [_of_model(c, book) for c in case.codings if c.kind is CoderKind.MODEL]
    if models:
        embed.add_field(name="The model's", value=last_lines(models, _PART), inline=False)
    if case.notes:
        notes = [f"{quoted(n.coder, 40)}: {quoted(n.text, 300)}" for n in case.notes]
        embed.add_field(name="Notes", value=last_lines(notes, _PART), inline=False)
    if case.marks:
        marks = [_marked(m) for m in case.marks]
        embed.add_field(name="Marks", value=last_lines(marks, _PART), inline=False)
    verified = case.verified
    now = "no code" if verified is None else f"{clip(verified.code, 60)} ({verified.basis})"
    embed.set_footer(text=f"{case.left:,} to adjudicate · people settled on: {now}")
    return embed


def _of_model(coding: Coding, book: Codebook) -> str:
    told = decision(coding)
    if coding.runner_up is not None:
        second = quoted(named(coding.runner_up, book), 60)
        told += f"; runner-up: {second}, {percent(coding.runner_up_confidence)}"
    return told


def _marked(mark: Mark) -> str:
    return f"{when(mark.at)} {quoted(mark.coder, 40)}: {_MARKED[mark.kind]}"

"""One item of a coder's review queue as an embed: pure, within Discord's limits."""

from __future__ import annotations

import discord

from bot.domain.codebook import Codebook
from bot.domain.coding import CoderKind, Coding
from bot.gateway.staff.render import BLIND, named
from bot.gateway.staff.spoken import scenario_name, spoken
from bot.gateway.staff.texts import clip, last_lines, percent, quoted
from bot.services.people.assigning import CoderProgress
from bot.services.people.queue import Item

_CODES = 700  # characters


def queue_embed(item: Item, book: Codebook) -> discord.Embed:
    """Return the message with what was said before it; with codes only where they may be seen."""
    stored = item.stored
    embed = discord.Embed(
        title=scenario_name(stored.scenario, stored.message),
        description=spoken(
            stored.scenario, item.window.messages, item.unit or (stored.message,), item.reply_to
        ),
        colour=discord.Colour.gold() if item.flagged else discord.Colour.blurple(),
    )
    if item.own is not None:
        embed.add_field(name="Your code", value=f"**{_code(item.own.code, book)}**", inline=False)
    embed.add_field(name="Codes", value=BLIND if item.hidden else _codes(item, book), inline=False)
    flagged = " · flagged as an edge case" if item.flagged else ""
    embed.set_footer(text=f"{item.done:,} of {item.done + item.left:,} done{flagged}")
    return embed


def totals(progress: CoderProgress | None) -> str:
    """Return the sentence for a coder who has nothing left to do."""
    if progress is None:
        return "Nothing waits for you: no message is yours to code at present."
    of = f" of {progress.assigned:,}" if progress.assigned else ""
    unsure = f", and marked {progress.unsure:,} as unsure" if progress.unsure else ""
    return f"**Nothing is left for you.** You have coded {progress.coded:,}{of} messages{unsure}."


def _codes(item: Item, book: Codebook) -> str:
    told = ["no model has coded it yet" if item.model is None else _of_model(item.model, book)]
    told += [
        f"{quoted(c.coder, 40)} {c.act}: **{_code(c.code, book)}**"
        for c in item.codings
        if c.kind is CoderKind.HUMAN and c.code and c != item.own
    ]
    return last_lines(told, _CODES)


def _of_model(model: Coding, book: Codebook) -> str:
    told = f"model: **{_code(model.code, book)}**, {percent(model.confidence)} sure"
    if model.runner_up is not None:
        second = clip(_code(model.runner_up, book), 80)
        told += f"; runner-up: {second}, {percent(model.runner_up_confidence)}"
    return told


def _code(code: str, book: Codebook) -> str:
    return quoted(named(code, book), 80)

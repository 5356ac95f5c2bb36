"""One message with all that is known of its coding, as an embed: pure, within Discord's limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import discord
from discord.utils import format_dt

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, Coding, Verified, of_model
from bot.domain.discussion import NO_SCENARIO, Message
from bot.gateway.staff.texts import clip, last_lines, percent, quoted
from bot.services.people.review import Looked
from bot.storage.rows import Change

BLIND = "Blind: what the model and other coders chose stays hidden until your own code is stored."

# Characters. Together with names and titles they stay below an embed's 6,000.
_TEXT = 900
_CODING = 500
_PART = 900


@dataclass(frozen=True, slots=True)
class Present:
    """The code that counts now, and whether people settled on it."""

    code: str
    verified: bool


def present(looked: Looked) -> Present | None:
    """Return the code that counts, None without any, and while it must not be seen."""
    code = looked.counts
    return None if code is None else Present(code, verified=looked.verified is not None)


def message_embed(looked: Looked, book: Codebook) -> discord.Embed:
    """Return everything about a message: code, window, decisions, notes, edits.

    Whoever is to code it blind gets message, window, edits and notes of their own alone.
    """
    message = looked.stored.message
    embed = short_embed(looked, book)
    embed.add_field(name="What the coder saw", value=_window(looked), inline=False)
    if not looked.hidden:
        decided = [decision(c) for c in looked.codings]
        embed.add_field(name="Decisions", value=last_lines(decided, _PART), inline=False)
    if looked.notes:
        notes = [f"{when(n.at)} {quoted(n.coder, 40)}: {quoted(n.text, 300)}" for n in looked.notes]
        embed.add_field(name="Notes", value=last_lines(notes, _PART), inline=False)
    if looked.edits:
        edits = [_edit(e) for e in looked.edits]
        embed.add_field(name="Edits", value=last_lines(edits, _PART), inline=False)
    scenario = looked.stored.scenario
    title = "no scenario" if scenario.id == NO_SCENARIO else scenario.title or scenario.id
    again = f", round {message.round}" if message.round > 1 else ""
    embed.set_footer(text=f"{clip(title, 150)}{again}, message {message.sequence}")
    return embed


def short_embed(looked: Looked, book: Codebook) -> discord.Embed:
    """Return a message and the code that it has now."""
    message = looked.stored.message
    now = present(looked)
    deleted = looked.stored.deleted_at
    embed = discord.Embed(
        title=_title(looked, now, book),
        description=f"**{quoted(message.speaker, 40)}**: {_text(looked)}",
    )
    if deleted is not None:
        embed.add_field(name="Deleted", value=when(deleted), inline=False)
    told = BLIND if looked.hidden else clip(_coding(looked, book), _CODING)
    embed.add_field(name="Code", value=told, inline=False)
    return embed


def named(code: str, book: Codebook) -> str:
    """Return a code with its title, where the codebook has one that says more."""
    found = book.by_code.get(code)
    if found is None or found.title in ("", code):
        return code
    return f"{code}: {found.title}"


def _title(looked: Looked, now: Present | None, book: Codebook) -> str:
    if looked.hidden:
        return "To be coded blind"
    return "Not coded yet" if now is None else clip(named(now.code, book), 200)


def _text(looked: Looked) -> str:
    gone = looked.stored.deleted_at is not None and not looked.stored.message.text
    return _words(None) if gone else quoted(looked.stored.message.text, _TEXT)


def _coding(looked: Looked, book: Codebook) -> str:
    told = []
    if looked.verified is not None:
        told.append(_verified(looked.verified))
    model = of_model(looked.codings)
    if model is None:
        told.append("no model has coded it yet")
    else:
        told.append(
            f"model: **{quoted(named(model.code, book), 80)}**, {percent(model.confidence)} sure"
        )
        if model.runner_up is not None:
            second = quoted(named(model.runner_up, book), 80)
            told.append(f"runner-up: {second}, {percent(model.runner_up_confidence)}")
        if model.cut:
            told.append("the message was too long to be read whole")
        if model.revision != looked.stored.message.revision:
            told.append("it was edited since, and is to be coded again")
    return "\n".join(told)


def _verified(verified: Verified) -> str:
    """Return the code that people settled on, and which part of the rule gave it."""
    who = ", ".join(quoted(name, 40) for name in verified.coders[:6])
    return f"verified by people: **{quoted(verified.code, 60)}** ({verified.basis}: {who})"


def _window(looked: Looked) -> str:
    return (
        last_lines([_said(m) for m in looked.window.messages], _PART, "and {} earlier messages")
        if looked.window.messages
        else "no earlier message"
    )


def _said(message: Message) -> str:
    return f"**{quoted(message.speaker, 40)}**: {quoted(message.text, 300)}"


def decision(coding: Coding) -> str:
    """Return who decided what and when, as one line."""
    sure = "" if coding.confidence is None else f", {percent(coding.confidence)} sure"
    note = "" if not coding.note else f" ({quoted(coding.note, 200)})"
    who = quoted(coding.coder, 40)
    if coding.act is Act.WITHDRAWN:
        again = f"**{quoted(coding.code, 60)}** counts" if coding.code else "no code counts"
        return f"{when(coding.at)} {who} took back their last decision: {again}{note}"
    return f"{when(coding.at)} {who} {coding.act}: **{quoted(coding.code, 60)}**{sure}{note}"


def _edit(change: Change) -> str:
    if change.kind == "deleted":
        return f"{when(change.at)} deleted by its author"
    return f"{when(change.at)} from: {_words(change.before)}, to: {_words(change.after)}"


def _words(text: str | None) -> str:
    return "(removed)" if text is None else quoted(text, 200)


def when(moment: datetime) -> str:
    """Return a time as Discord shows it to each reader."""
    return format_dt(moment, "T")

"""The staff panel and the summary as Discord shows them: pure, from numbers to an embed."""

from __future__ import annotations

import discord
from discord.utils import format_dt

from bot.domain.counting import many
from bot.domain.discussion import NO_SCENARIO
from bot.gateway.staff.abstention_text import for_people_line
from bot.gateway.staff.agreement_text import audit_line
from bot.gateway.staff.texts import (
    FIELD,
    clip,
    lines,
    link,
    mention,
    milliseconds,
    percent,
    quoted,
)
from bot.services.numbers import GroupNumbers, SessionNumbers
from bot.services.people.abstaining import ForPeople
from bot.services.reliability import LiveAgreement
from bot.services.summary import SessionSummary

RUNNING = discord.Colour.green()
ENDED = discord.Colour.dark_grey()
TROUBLE = discord.Colour.orange()

_GROUPS = 2_900  # characters: forty groups; with the fields below well within an embed's 6,000
_TIMES = 300  # characters: several groups may be in scenarios of their own
_BAR = 10  # cells of the longest bar


def panel_embed(
    numbers: SessionNumbers,
    server: str,
    problem: str | None,
    home: str,
    audit: LiveAgreement | None = None,
    people: ForPeople | None = None,
) -> discord.Embed:
    """Return the panel of a session; `problem` tells why nothing is coded.

    `home` is where people open the server's messages. `audit` is the agreement of model and
    people on the blind audit, None where no model codes; `people` what waits for them, None
    where the study has no target error.
    """
    session = numbers.session
    ended = session.ended_at is not None
    embed = discord.Embed(
        title=clip(f"Session {session.name}" + (" (ended)" if ended else ""), 256),
        description=f"{_totals(numbers, problem, audit, people)}\n\n{_groups(numbers)}",
        colour=TROUBLE if problem or numbers.gaps else ENDED if ended else RUNNING,
    )
    if numbers.codes:
        embed.add_field(name="Codes", value=_codes(numbers), inline=False)
    if numbers.uncertain:
        embed.add_field(name="Least certain", value=_uncertain(numbers, server, home), inline=False)
    return embed


def summary_text(name: str, summary: SessionSummary) -> str:
    """Return what is said of a session at its end."""
    deleted = f", {summary.deleted:,} deleted before coding" if summary.deleted else ""
    counts = (
        f"**Session {quoted(name, 100)} has ended.** {many(summary.messages, 'message')}, "
        f"{summary.coded:,} coded{deleted}; people corrected {summary.corrected:,} and confirmed "
        f"{summary.confirmed:,}."
    )
    told = [counts, _agreement(summary)]
    if summary.gaps:
        told.append(
            f"{many(summary.gaps, 'gap')}: messages that were deleted before they could be read."
        )
    return "\n".join(told)


def _agreement(summary: SessionSummary) -> str:
    if not summary.n:
        return "Agreement between the model and people: no message was coded by both yet."
    kappa = "not defined" if summary.kappa is None else f"{summary.kappa:.2f}"
    return (
        f"Agreement between the model and people so far: {percent(summary.agreement)}, Cohen's "
        f"kappa {kappa}, over {many(summary.n, 'message')} that people decided on. They did not "
        "choose them at random: it is no estimate for the others."
    )


def _totals(
    numbers: SessionNumbers,
    problem: str | None,
    audit: LiveAgreement | None,
    people: ForPeople | None,
) -> str:
    counts = (
        f"**{numbers.messages:,}** messages · **{numbers.coded:,}** coded · "
        f"**{numbers.waiting:,}** waiting"
    )
    deleted = numbers.messages - numbers.coded - numbers.waiting
    if deleted and not problem:  # else it would look as if a code were missing
        counts += f" · **{deleted:,}** deleted before coding"
    speed = (
        f"from stored to coded: median {milliseconds(numbers.median_ms)}, slowest "
        f"{milliseconds(numbers.slowest_ms)}"
        if numbers.slowest_ms is not None
        else "no coding timed since the bot started"
    )
    told = [counts]
    if numbers.corrected or numbers.confirmed:
        told.append(f"people corrected {numbers.corrected:,} and confirmed {numbers.confirmed:,}")
    if people is not None:
        told.append(for_people_line(people))
    if audit is not None:
        told.append(audit_line(audit))
    told.append(speed)
    told += _times(numbers)
    if numbers.gaps:
        told.append(f"⚠ {many(numbers.gaps, 'gap')}: deleted before they could be read")
    if problem:
        told.append(f"⚠ not coding: {quoted(problem, 400)}")
    return "\n".join(told)


def _times(numbers: SessionNumbers) -> list[str]:
    """Return when what runs ends by itself; Discord keeps such times up to date."""
    if numbers.session.ended_at is not None:
        return []
    ends = [(_scenario(r.scenario.title or r.scenario.id), r.ends_at) for r in numbers.timed]
    told = [f"{name} ends {format_dt(at, 'R')}" for name, at in ends if at is not None]
    return [lines(told, _TIMES)] if told else []


def _groups(numbers: SessionNumbers) -> str:
    if numbers.session.ended_at is not None:  # whatever ran then, nothing runs now
        over = [f"{mention(g.thread.id)} {_counts(g)}" for g in numbers.groups]
        return lines(over, _GROUPS, "and {} more groups")
    scenarios = {group.scenario for group in numbers.groups}
    if len(numbers.groups) > 1 and len(scenarios) == 1:  # said once: forty groups are long enough
        told = [f"all in {_scenario(scenarios.pop())}:"]
        told += [f"{mention(g.thread.id)} {_counts(g)}" for g in numbers.groups]
    else:
        told = [
            f"{mention(g.thread.id)} {_scenario(g.scenario)}: {_counts(g)}" for g in numbers.groups
        ]
    return lines(told, _GROUPS, "and {} more groups")


def _scenario(name: str) -> str:
    return quoted(name, 40) if name != NO_SCENARIO else "no scenario"


def _counts(group: GroupNumbers) -> str:
    waiting = f", {group.waiting:,} to code" if group.waiting else ""
    return f"{many(group.messages, 'message')}{waiting}"


def _codes(numbers: SessionNumbers) -> str:
    total = sum(count for _, count in numbers.codes)
    most = max((count for _, count in numbers.codes), default=0)
    rows = []
    for code, count in numbers.codes:
        bar = "█" * max(1, round(count / most * _BAR)) if count else ""
        share = percent(count / total if total else None)
        name = clip(code.replace("`", "'"), 18)
        rows.append(f"{name:<18} {count:>5} {share:>5} {bar}")
    fenced = lines(rows, FIELD - len("```\n\n```"), "and {} more codes")
    return f"```\n{fenced}\n```"


def _uncertain(numbers: SessionNumbers, server: str, home: str) -> str:
    rows = [
        f"[{quoted(u.code, 30)} {percent(u.confidence)}]"
        f"({link(home, server, u.thread_id, u.message_id)}) in {mention(u.thread_id)}"
        for u in numbers.uncertain[:5]
    ]
    return lines(rows, FIELD)

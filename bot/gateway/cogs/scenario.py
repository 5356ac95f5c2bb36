"""/scenario start, next and list."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.counting import many
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.meant import session_meant, threads_meant
from bot.gateway.staff.parts import Client, Interaction, desk_of
from bot.gateway.staff.texts import CONTENT, clip, lines, mention, quoted
from bot.services.conduct import RunOutcome
from bot.services.desk import Desk
from bot.services.programme import LONGEST
from bot.storage.rows import SessionRow

_MARKS = {"started": "✓", "running": "▶", "waiting": "·"}

# A day at most; so little at least that a rehearsal need not wait.
Minutes = app_commands.Range[float, 0.05, float(LONGEST)]

_MINUTES = "Ends by itself after so many, with a warning one minute before."
_THREAD = "Only in this thread: a mention, id or link. Else in every one of the session."
_SESSION = "The session; needed only where several run."


class ScenarioCog(commands.Cog):
    """Moves the groups from scenario to scenario."""

    scenario = app_commands.Group(
        name="scenario", description="The cases that the groups discuss.", guild_only=True
    )

    def __init__(self, client: Client) -> None:
        self._client = client

    @scenario.command(name="start")
    @app_commands.describe(
        title="What the scenario is called; one of the list needs no text.",
        text="What is posted for the groups to read.",
        minutes=_MINUTES,
        thread=_THREAD,
        session=_SESSION,
    )
    async def start(
        self,
        interaction: Interaction,
        title: app_commands.Range[str, 1, 200] | None = None,
        text: str | None = None,
        minutes: Minutes | None = None,
        thread: str | None = None,
        session: str | None = None,
    ) -> None:
        """Start a scenario: its text is posted, and the window begins anew."""
        await begin(interaction)
        desk = desk_of(interaction)
        meant = await session_meant(interaction, desk, session)
        scenario = await _scenario(desk, title, text)
        await self._run(interaction, desk, meant, scenario, minutes, thread)

    @scenario.command(name="next")
    @app_commands.describe(minutes=_MINUTES, thread=_THREAD, session=_SESSION)
    async def next(
        self,
        interaction: Interaction,
        minutes: Minutes | None = None,
        thread: str | None = None,
        session: str | None = None,
    ) -> None:
        """Start the next scenario of the study's list."""
        await begin(interaction)
        desk = desk_of(interaction)
        meant = await session_meant(interaction, desk, session)
        scenario = await desk.conduct.next_scenario(meant)
        await self._run(interaction, desk, meant, scenario, minutes, thread)

    @scenario.command(name="list")
    @app_commands.describe(session=_SESSION)
    async def list(self, interaction: Interaction, session: str | None = None) -> None:
        """Show the study's list, and which of it has been started."""
        await begin(interaction)
        desk = desk_of(interaction)
        meant: SessionRow | None = None
        if session is not None or await desk.conduct.running():
            meant = await session_meant(interaction, desk, session)
        listed = await desk.conduct.scenarios(meant)
        if not listed:
            raise InputError(
                "the study has no list of scenarios",
                "upload one with /study setup, or give /scenario start a title and a text",
            )
        head = "" if meant is None else f" (session {quoted(meant.name, 100)})"
        rows = [
            f"{_MARKS[state]} {number}. **{quoted(scenario.title, 80)}**, {state}: "
            f"{quoted(scenario.text, 80)}"
            for number, (scenario, state) in enumerate(listed, start=1)
        ]
        await answer(interaction, lines([f"Scenarios{head}:", *rows], CONTENT))

    async def _run(
        self,
        interaction: Interaction,
        desk: Desk,
        session: SessionRow,
        scenario: Scenario,
        minutes: float | None,
        thread: str | None,
    ) -> None:
        threads = await threads_meant(interaction, desk, session, thread)
        outcome = await desk.conduct.start_scenario(
            session, scenario, self._client.poster(), minutes=minutes, threads=threads
        )
        text = _started(scenario, outcome)
        await answer(interaction, text)
        if outcome.failed:
            await self._client.tell_staff(desk, text)


async def _scenario(desk: Desk, title: str | None, text: str | None) -> Scenario:
    """Return the scenario that is meant; a text without a title is called by its first line."""
    name, words = (title or "").strip(), (text or "").strip()
    if not name and not words:
        raise InputError(
            "a scenario needs a title and a text",
            "give both, or use /scenario next for the next one of the study's list",
        )
    return await desk.conduct.scenario(name or clip(words.splitlines()[0], 60), words or None)


def _started(scenario: Scenario, outcome: RunOutcome) -> str:
    where = many(len(outcome.posted), "thread")
    told = [f"**{quoted(scenario.title, 100)}** runs in {where}{_replaced(outcome)}."]
    if outcome.run.ends_at is not None:
        told.append(f"It ends by itself at {format_dt(outcome.run.ends_at, 'T')}.")
    if outcome.failed:
        told.append(f"⚠ In {many(len(outcome.failed), 'thread')} it could not be posted:")
        told += [f"- {mention(thread.id)}: {why}" for thread, why in outcome.failed]
    return lines(told, CONTENT)


def _replaced(outcome: RunOutcome) -> str:
    """Return what gave way, for whoever did not mean to end it."""
    titles = dict.fromkeys(r.scenario.title or r.scenario.id for r in outcome.replaced)
    shown = [f"*{quoted(title, 60)}*" for title in titles][:5]
    return f", in the place of {' and '.join(shown)}" if shown else ""

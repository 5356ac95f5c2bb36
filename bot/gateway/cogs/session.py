"""/session start, status and end."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.gateway.endpoint import home
from bot.gateway.staff.agreement_text import audited
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.draining import drained
from bot.gateway.staff.joining import Found, Joiner, Problem
from bot.gateway.staff.meant import session_meant
from bot.gateway.staff.panel_embed import panel_embed, summary_text
from bot.gateway.staff.parts import Client, Interaction, desk_of, guild_of
from bot.gateway.staff.texts import CONTENT, lines, mention, quoted
from bot.gateway.staff.threads_given import parse_threads
from bot.services.desk import Desk
from bot.services.summary import summary
from bot.storage.rows import SessionRow

_PATIENCE = 60.0  # seconds that /session end waits for the model before it tells what waits

_SESSION = "The session; needed only where several run."


class SessionCog(commands.Cog):
    """Begins, watches and ends the sessions of a study."""

    session = app_commands.Group(
        name="session", description="The sittings of the experiment.", guild_only=True
    )

    def __init__(self, client: Client) -> None:
        self._client = client

    @session.command(name="start")
    @app_commands.describe(
        name="What the session is called in the data.",
        threads="Mentions, ids or links of the groups' threads; else every one of this channel.",
    )
    async def start(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, 100],
        threads: str | None = None,
    ) -> None:
        """Follow the groups' threads from now on."""
        await begin(interaction)
        desk = desk_of(interaction)
        found = await self._look(interaction, desk, threads)
        if not found.joinings and not found.channels:
            raise InputError(
                f"there is no thread that I could join{_because(found.problems)}",
                "open the groups' threads first, or name others",
            )
        began = interaction.created_at  # Discord's time: ours may differ from that of the messages
        session = await desk.conduct.begin(name.strip(), found.joinings, found.channels, began)
        await self._client.follow(desk, session)
        text = _begun(session, found)
        await self._client.tell_staff(desk, text)
        await answer(interaction, text + _untold(desk))

    async def _look(self, interaction: Interaction, desk: Desk, threads: str | None) -> Found:
        guild = guild_of(interaction)
        joiner = Joiner(guild, interaction.id, desk.server.staff_channel, self._taken)
        if threads is not None and threads.strip():
            return await joiner.given(parse_threads(threads, guild.id))
        return await joiner.every(interaction.channel)

    def _taken(self, channel_id: int) -> str | None:
        following = self._client.followed.of(channel_id)
        return None if following is None else following.session.name

    @session.command(name="status")
    @app_commands.describe(session=_SESSION)
    async def status(self, interaction: Interaction, session: str | None = None) -> None:
        """Show what the staff panel shows."""
        await begin(interaction)
        desk = desk_of(interaction)
        meant = await session_meant(interaction, desk, session)
        numbers = await desk.numbers.of(meant)
        pages = home(self._client.settings.discord)
        audit = await audited(desk, meant)
        people = await desk.abstaining.waiting(meant)
        embed = panel_embed(numbers, desk.server.external_id, desk.problem, pages, audit, people)
        await answer(interaction, embed=embed)

    @session.command(name="end")
    @app_commands.describe(session=_SESSION)
    async def end(self, interaction: Interaction, session: str | None = None) -> None:
        """End the session, code what waits, and sum up."""
        await begin(interaction)
        desk = desk_of(interaction)
        meant = await session_meant(interaction, desk, session)
        if session is None:
            await _check_here(interaction, desk, meant)
        await desk.conduct.end(meant, interaction.id, self._client.poster())
        await self._client.follow(desk, meant)
        waiting = await drained(desk, meant, _PATIENCE)
        text = await _summed_up(desk, meant, waiting)
        await self._client.tell_staff(desk, text)
        await answer(interaction, text + _untold(desk))


async def _check_here(interaction: Interaction, desk: Desk, meant: SessionRow) -> None:
    """Raise InputError in a thread whose own session has ended, for `meant` is another one.

    Who sends /session end twice there shall not end the session of other groups.
    """
    here = str(interaction.channel_id)
    if here in {thread.id for thread in await desk.conduct.threads(meant)}:
        return
    for other in reversed(await desk.ingest.store.sessions.all(desk.study.id)):
        if here in {thread.id for thread in await desk.conduct.threads(other)}:
            raise InputError(
                f"session {other.name!r}, which this thread was in, has ended",
                f"to end session {meant.name!r}, name it with session:",
            )


async def _summed_up(desk: Desk, session: SessionRow, waiting: int) -> str:
    found = await summary(desk.ingest.store, desk.study, session, desk.coder)
    text = summary_text(session.name, found)
    if waiting:
        text += (
            f"\n{many(waiting, 'message')} still wait to be coded; that goes on by itself, see "
            "/model status."
        )
    return text


def _begun(session: SessionRow, found: Found) -> str:
    threads = [mention(j.thread.id) for j in found.joinings]
    told = [f"**Session {quoted(session.name, 100)} has begun.** It follows " + _joined(threads)]
    if found.channels:
        where = " ".join(map(mention, found.channels[:10]))
        told.append(f"Threads that are opened later in {where} join by themselves.")
    if found.problems:
        told.append(f"⚠ {many(len(found.problems), 'thread')} could not be joined:")
        told += [f"- {p.place}: {p.why}" for p in found.problems]
    return lines(told, CONTENT - 100)


def _untold(desk: Desk) -> str:
    if desk.server.staff_channel is not None:
        return ""
    return "\n⚠ There is no staff channel, so no panel: name one with /study setup."


def _joined(threads: list[str]) -> str:
    if not threads:
        return "no thread yet."
    shown = " ".join(threads[:35])
    rest = f" and {len(threads) - 35} more" if len(threads) > 35 else ""
    return f"{many(len(threads), 'thread')}: {shown}{rest}"


def _because(problems: list[Problem]) -> str:
    if not problems:
        return ""
    return " (" + "; ".join(f"{p.place}: {p.why}" for p in problems[:10]) + ")"

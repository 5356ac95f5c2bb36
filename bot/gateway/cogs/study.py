"""/study setup: a server's study, its people and its staff channel."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.gateway.staff.abstention_text import target_text
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.parts import Client, Interaction, client_of, guild_of
from bot.gateway.staff.staff_channel import is_open, lacking
from bot.gateway.staff.texts import mention, quoted
from bot.gateway.staff.uploads import codebook_of, scenarios_of
from bot.services.desk import Desk, Setup
from bot.storage.rows import SessionRow


class StudyCog(commands.Cog):
    """Sets up the study of a server."""

    study = app_commands.Group(name="study", description="The study.", guild_only=True)

    def __init__(self, client: Client) -> None:
        self._client = client

    @study.command(name="setup")
    @app_commands.describe(
        codebook="The codes: a .toml file, or .csv with code,title,definition[,examples].",
        scenarios="The list for /scenario next: a .toml file, or .csv with title,text.",
        staff_channel="Where the panel and reports go; participants must not see it.",
        researcher_role="Who may use every command.",
        coder_role="Who may look at codes, correct them and note on them.",
        deleted="What becomes of the text of a message that its author deletes.",
        audit_share="Percent of the messages that everybody codes blind, chosen at random; 10.",
        target_error="Percent of the final codes that may be wrong; 0: people look at everything.",
    )
    async def setup(  # noqa: PLR0913, PLR0917 - every one is an option
        self,
        interaction: Interaction,
        codebook: discord.Attachment | None = None,
        scenarios: discord.Attachment | None = None,
        staff_channel: discord.TextChannel | None = None,
        researcher_role: discord.Role | None = None,
        coder_role: discord.Role | None = None,
        deleted: Literal["keep", "remove"] | None = None,
        audit_share: app_commands.Range[float, 0, 100] | None = None,
        target_error: app_commands.Range[float, 0, 50] | None = None,
    ) -> None:
        """Set up this server's study, or change it; what is left out stays as it is."""
        await begin(interaction)
        guild = guild_of(interaction)
        _check_roles(researcher_role, coder_role)
        _check_staff_channel(self._client, guild, staff_channel)
        setup = Setup(
            name=guild.name,
            codebook=None if codebook is None else await codebook_of(codebook),
            scenarios=None if scenarios is None else await scenarios_of(scenarios),
            staff_channel=_id(staff_channel),
            researcher_role=_id(researcher_role),
            coder_role=_id(coder_role),
            deleted_text=deleted,
            audit_share=None if audit_share is None else audit_share / 100,
            target_error=None if target_error is None else target_error / 100,
        )
        desk = await client_of(interaction).desks.set_up(str(guild.id), setup)
        await answer(interaction, await _told(desk, guild))


def _check_roles(*roles: discord.Role | None) -> None:
    for role in roles:
        if role is not None and role.is_default():
            raise InputError(
                "everyone on the server has that role, participants too",
                "make a role for the study's staff and name that",
            )


def _check_staff_channel(
    client: Client, guild: discord.Guild, channel: discord.TextChannel | None
) -> None:
    if channel is None:
        return
    session = _session_in(client, guild, channel)
    if session is not None:
        raise InputError(
            f"session {session.name!r} follows {mention(channel.id)}: its participants would see "
            "codes there",
            "name another channel",
        )
    missing = lacking(channel, guild.me)
    if missing is not None:
        raise InputError(f"I lack {missing} in {mention(channel.id)}", "give me that there first")


def _session_in(
    client: Client, guild: discord.Guild, channel: discord.TextChannel
) -> SessionRow | None:
    """Return the running session that follows a channel or a thread in it, or None."""
    threads = {channel.id, *(t.id for t in guild.threads if t.parent_id == channel.id)}
    for following in client.followed.of_server(str(guild.id)):
        if int(following.thread.id) in threads:
            return following.session
    opening = client.followed.opening_in(channel.id)
    return None if opening is None else opening[1]


async def _told(desk: Desk, guild: discord.Guild) -> str:
    server, book = desk.server, desk.study.codebook
    scenarios = len(await desk.conduct.scenarios(None))
    sampling = await desk.ingest.store.assignments.sampling(desk.study.id)
    listed = many(scenarios, "scenario") if scenarios else "none; /scenario start takes any text"
    told = [
        f"**{quoted(desk.study.name, 100)}** is set up.",
        f"Codebook: {quoted(book.title, 100)}, {many(len(book.codes), 'code')}.",
        f"Scenario list: {listed}.",
        f"Staff channel: {_shown(server.staff_channel, '<#{}>')}.",
        f"Researchers: {_shown(server.researcher_role, '<@&{}>')}.",
        f"Coders: {_shown(server.coder_role, '<@&{}>')}.",
        f"Deleted messages: their text is {'kept' if desk.keep_deleted else 'removed'}.",
        f"Blind audit: {sampling.audit_share * 100:g} % of the messages, chosen at random.",
        f"Target error: {await target_text(desk)}",
    ]
    return "\n".join(told + _warnings(desk, guild))


def _warnings(desk: Desk, guild: discord.Guild) -> list[str]:
    warnings = []
    staff = desk.server.staff_channel
    channel = None if staff is None else guild.get_channel(int(staff))
    if isinstance(channel, discord.TextChannel) and is_open(channel):
        warnings.append(
            f"⚠ Everyone on this server can read {mention(channel.id)}, and would see codes: take "
            "View Channel from @everyone there."
        )
    if staff is None:
        warnings.append("⚠ Without a staff channel there is no panel: name one.")
    if desk.problem is not None:
        warnings.append(f"⚠ Messages are stored but not coded: {desk.problem}")
    return warnings


def _shown(identity: str | None, form: str) -> str:
    return "not named yet" if identity is None else form.format(identity)


def _id(given: discord.abc.Snowflake | None) -> str | None:
    return None if given is None else str(given.id)

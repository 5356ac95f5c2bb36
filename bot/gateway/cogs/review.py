"""/review: people code messages, blind where they are to, and settle where they differ."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.meant import threads_named
from bot.gateway.staff.parts import Client, Interaction, desk_of, guild_of
from bot.gateway.staff.progress_text import (
    assigned_text,
    listed,
    progress_table,
    waiting_text,
)
from bot.gateway.staff.roles import REVIEWING, standing_of
from bot.gateway.translate import PLATFORM
from bot.gateway.views import adjudicate, queue, unitise
from bot.gateway.views.correct import coder_of
from bot.gateway.views.forms import submitted
from bot.services.people.coding_pace import paces
from bot.services.people.queue import Order
from bot.storage.rows import Account

_ITEMS = (*queue.ITEMS, *adjudicate.ITEMS, *unitise.ITEMS)
_FORMS = (queue.NOTE_FORM, adjudicate.REASON_FORM)
_ORDERS = [
    app_commands.Choice(name="least certain first", value=str(Order.UNCERTAIN)),
    app_commands.Choice(name="as it was said", value=str(Order.SEQUENTIAL)),
    app_commands.Choice(name="only what goes to people", value=str(Order.BELOW)),
]


class ReviewCog(commands.Cog):
    """What coders and whoever leads them do with the queue."""

    review = app_commands.Group(
        name="review", description="Code messages, and settle where codes differ.", guild_only=True
    )

    def __init__(self, client: Client) -> None:
        self._client = client

    async def cog_load(self) -> None:
        """Let the items of earlier runs' messages work, too."""
        self._client.add_dynamic_items(*_ITEMS)

    async def cog_unload(self) -> None:
        """Take them away again."""
        self._client.remove_dynamic_items(*_ITEMS)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take the forms that are sent in: notes, and reasons of adjudications."""
        if interaction.type is discord.InteractionType.modal_submit:
            await submitted(interaction, _FORMS)

    @review.command(name="next")
    @app_commands.describe(order="Which message comes first.")
    @app_commands.choices(order=_ORDERS)
    async def next(self, interaction: Interaction, order: str = Order.UNCERTAIN) -> None:
        """Code the next message that is yours to code; goes on where you stopped."""
        await begin(interaction)
        await queue.open_queue(interaction, Order(order))

    @review.command(name="assign")
    @app_commands.describe(
        coder="Who is to code.",
        share="Percent of the messages; equal shares are the same messages, to code double.",
        groups="Only these threads: mentions, ids or links.",
        session="Only this session.",
        blind="Whether others' codes stay hidden until their own is stored; yes by default.",
    )
    async def assign(
        self,
        interaction: Interaction,
        coder: discord.Member,
        share: app_commands.Range[int, 1, 100] = 100,
        groups: str | None = None,
        session: str | None = None,
        blind: bool = True,
    ) -> None:
        """Give messages to a coder; two with the same ones code double."""
        await begin(interaction)
        desk = desk_of(interaction)
        if coder.bot:
            raise InputError("that is a bot, which clicks on nothing", "name a person")
        threads = None
        if groups is not None:
            threads = await threads_named(desk, groups, guild_of(interaction).id)
        person = await desk.review.coder(Account(PLATFORM, str(coder.id)))
        row = await desk.assigning.assign(
            person,
            share=share / 100,
            threads=threads,
            session=None if session is None else session.strip(),
            blind=blind,
        )
        told = [assigned_text(row, coder.id, await desk.assigning.progress())]
        keeper = coder.guild_permissions.manage_guild
        if not standing_of(desk.server, coder, keeper=keeper).may(REVIEWING):
            told.append("⚠ They have neither of the study's roles, and cannot use `/review next`.")
        told.append("\n" + listed(await desk.assigning.all()))
        await answer(interaction, "\n".join(told))

    @review.command(name="unassign")
    @app_commands.describe(number="The assignment's number, as /review assign lists it.")
    async def unassign(
        self, interaction: Interaction, number: app_commands.Range[int, 1, 2_000_000_000]
    ) -> None:
        """End an assignment; what was coded stays."""
        await begin(interaction)
        desk = desk_of(interaction)
        await desk.assigning.end(number)
        rows = listed(await desk.assigning.all())
        await answer(interaction, f"Assignment {number} has ended; what was coded stays.\n\n{rows}")

    @review.command(name="progress")
    async def progress(self, interaction: Interaction) -> None:
        """Show how far each coder is, and how many messages wait to be adjudicated."""
        await begin(interaction)
        desk = desk_of(interaction)
        own = await coder_of(interaction, desk)
        pace = await paces(desk.ingest.store, desk.study)
        table = progress_table(await desk.assigning.progress(), pace, own.name)
        waiting = waiting_text(await desk.adjudication.left())
        await answer(interaction, f"{table}\n{waiting}")

    @review.command(name="adjudicate")
    async def adjudicate(self, interaction: Interaction) -> None:
        """Decide where people's codes differ, and say why."""
        await begin(interaction)
        await adjudicate.open_case(interaction)

    @review.command(name="units")
    async def units(self, interaction: Interaction) -> None:
        """Say which messages are one thought that its author split."""
        await begin(interaction)
        await unitise.open_units(interaction)

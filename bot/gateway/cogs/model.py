"""/model: which coder serves, how it is retrained, and who takes its place."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.model_text import list_text, status_text
from bot.gateway.staff.parts import Client, Interaction, desk_of
from bot.gateway.staff.texts import CHOICE, PAGE, clip, quoted
from bot.services.desk import Desk
from bot.services.promoting import roll_back
from bot.services.retraining.known import known_coders, promote_known
from bot.services.retraining.status import status as how_it_stands
from bot.storage.promotions import Promotion, PromotionAct

_BY_HAND = "Chosen by hand (/model promote)."
_BACK = "Taken back by hand (/model rollback)."


class ModelCog(commands.Cog):
    """Tells about the models, and changes which one serves."""

    model = app_commands.Group(name="model", description="The model that codes.", guild_only=True)

    def __init__(self, client: Client) -> None:
        self._client = client

    @model.command(name="status")
    async def status(self, interaction: Interaction) -> None:
        """Show which model codes here, how fast, and how its retraining stands."""
        await begin(interaction)
        desk = desk_of(interaction)
        sessions = [await desk.numbers.of(s) for s in await desk.conduct.running()]
        found = await how_it_stands(self._client.nights.retrainer(desk), desk.study)
        await answer(interaction, status_text(desk, sessions, found))

    @model.command(name="train")
    @app_commands.describe(force="Also without new verified codes, and while a session is running.")
    async def train(self, interaction: Interaction, force: bool = False) -> None:
        """Train a new coder from verified codes; it serves only if it is no worse."""
        await begin(interaction)
        await self._client.nights.ask(desk_of(interaction), force=force)
        await answer(
            interaction,
            "The retraining has begun, beside the live coding. `/model status` shows how far it "
            "is; what comes of it is told in the staff channel.",
        )

    @model.command(name="list")
    async def coders(self, interaction: Interaction) -> None:
        """Show the coders at hand, how good they are, and which one serves."""
        await begin(interaction)
        desk = desk_of(interaction)
        known = await known_coders(self._client.nights.retrainer(desk), desk.study)
        await answer(interaction, list_text(known))

    @model.command(name="promote")
    @app_commands.describe(name="A coder of /model list.")
    async def promote(self, interaction: Interaction, name: str) -> None:
        """Let another coder serve from the next discussion on."""
        await begin(interaction)
        desk = desk_of(interaction)
        retrainer = self._client.nights.retrainer(desk)
        done = await promote_known(retrainer, desk.study, name, _BY_HAND)
        await self._client.promoted(desk)
        await answer(interaction, await _carried_out(desk, done))

    @model.command(name="rollback")
    async def rollback(self, interaction: Interaction) -> None:
        """Put the coder before back: it serves from the next discussion on."""
        await begin(interaction)
        desk = desk_of(interaction)
        default = self._client.settings.model.bundle
        done = await roll_back(desk.ingest.store, desk.study, default, _BACK)
        await self._client.promoted(desk)
        await answer(interaction, await _carried_out(desk, done))

    @promote.autocomplete("name")
    async def _names(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        desk = desk_of(interaction)
        known = await known_coders(self._client.nights.retrainer(desk), desk.study)
        folded = typed.strip().casefold()
        return [
            app_commands.Choice(
                name=clip(f"{coder.name} ({coder.fingerprint[:8]})", CHOICE),
                # A name may be that of several, and longer than Discord takes.
                value=coder.fingerprint[:16],
            )
            for coder in known
            if not coder.serves and coder.problem is None and folded in coder.name.casefold()
        ][:PAGE]


async def _carried_out(desk: Desk, done: Promotion) -> str:
    """Return what became of a promotion: the bot may have had to refuse it."""
    named = f"**{quoted(done.name, 100)}** ({done.fingerprint[:8]})"
    last = await desk.ingest.store.promotions.serving(desk.study.id)
    if last is not None and last.id != done.id and last.act is PromotionAct.REFUSED:
        return (
            f"{named} could not be loaded, so the coder before goes on: {quoted(last.reason, 500)}"
        )
    return (
        f"{named} is to serve from the next "
        "discussion on; what runs is coded to its end by the coder that it began with."
    )

"""/model status: who codes, how fast, and what keeps it from coding."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.counting import many
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.parts import Client, Interaction, desk_of
from bot.gateway.staff.texts import CONTENT, clip, milliseconds, quoted
from bot.services.desk import Desk
from bot.services.desks import Model
from bot.services.numbers import SessionNumbers


class ModelCog(commands.Cog):
    """Tells about the model."""

    model = app_commands.Group(name="model", description="The model that codes.", guild_only=True)

    def __init__(self, client: Client) -> None:
        self._client = client

    @model.command(name="status")
    async def status(self, interaction: Interaction) -> None:
        """Show which model codes here, what waits for it, and how fast it is."""
        await begin(interaction)
        desk = desk_of(interaction)
        sessions = [await desk.numbers.of(s) for s in await desk.conduct.running()]
        text = model_text(self._client.desks.model, desk, sessions)
        await answer(interaction, text)


def model_text(model: Model | None, desk: Desk, sessions: list[SessionNumbers]) -> str:
    """Return what is told about the model of a desk and its running sessions."""
    told = []
    if model is not None:
        manifest, engine = model.bundle.manifest, model.batcher.engine
        told.append(
            f"**{quoted(manifest.name, 100)}** ({manifest.architecture}, {manifest.fingerprint[:8]}"
            f"), made {manifest.created_at[:10]}, on {quoted(engine.name, 60)}."
        )
        told.append(
            f"It gives {many(len(manifest.labels), 'code')}: "
            f"{quoted(', '.join(manifest.labels), 600)}."
        )
    if desk.problem is not None:
        told.append(f"⚠ Messages are stored but not coded: {desk.problem}")
    if desk.live is not None:
        told.append(
            f"{many(desk.live.coded, 'coding')} since the start; {desk.live.waiting:,} wait in "
            f"memory; {desk.live.failed:,} failed and will be tried again."
        )
    told += [_session(numbers) for numbers in sessions]
    return clip("\n".join(told), CONTENT)


def _session(numbers: SessionNumbers) -> str:
    return (
        f"Session {quoted(numbers.session.name, 100)}: {many(numbers.messages, 'message')}, "
        f"{numbers.waiting:,} waiting; from stored to coded median "
        f"{milliseconds(numbers.median_ms)}, slowest {milliseconds(numbers.slowest_ms)}."
    )

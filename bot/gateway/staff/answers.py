"""How commands answer: to the asker alone, in time, and with a sentence when they fail."""

from __future__ import annotations

from collections.abc import Sequence

import discord
import structlog
from discord import app_commands

from bot.domain.errors import InputError, IntercoderError
from bot.gateway.staff.parts import Interaction
from bot.gateway.staff.roles import REFUSED, TO_KEEPERS
from bot.gateway.staff.texts import CONTENT, clip

FAILED = "This did not work; the operator's log has the details."
GONE = "What you named is not on this server, or no longer: choose it from the list."
OUTDATED = (
    "This command has changed since it was registered; ask the operator to run `intercoder sync`."
)

_log = structlog.get_logger(__name__)


async def begin(interaction: Interaction) -> None:
    """Tell Discord within its three seconds that an answer follows, for the asker's eyes."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def answer(
    interaction: Interaction,
    text: str | None = None,
    *,
    embed: discord.Embed | None = None,
    view: discord.ui.View | None = None,
    files: Sequence[discord.File] = (),
) -> None:
    """Give the answer that `begin` announced, or put it in the place of the message clicked."""
    await interaction.edit_original_response(
        content=clip(text, CONTENT) if text else None,
        embeds=[] if embed is None else [embed],
        view=view,
        attachments=list(files),
    )


async def refuse(interaction: Interaction) -> None:
    """Refuse, without a word about the study, but to whoever manages the server with a remedy."""
    if interaction.type is discord.InteractionType.autocomplete:
        await interaction.response.autocomplete([])
    else:
        keeper = interaction.guild_id is not None and interaction.permissions.manage_guild
        text = REFUSED + TO_KEEPERS if keeper else REFUSED
        await interaction.response.send_message(text, ephemeral=True)


async def on_error(interaction: Interaction, error: Exception) -> None:
    """Tell the asker what went wrong; the log gets what a person could not mend. Never raises."""
    if interaction.client.is_closed():  # the bot is being stopped: nothing can be sent any more
        _log.info("a command was cut short by the end of the bot")
        return
    cause = _cause(error)
    text = sentence(cause)
    if text is FAILED:
        _logged(interaction, cause)
    try:
        await _tell(interaction, text)
    except discord.HTTPException as unsent:
        # Too late (10062), or Discord is away: nobody is left to be told.
        _log.warning("an answer could not be sent", status=unsent.status, code=unsent.code)
    except Exception as unsent:  # noqa: BLE001 - the network failed, or the bot was stopped
        _log.warning("an answer could not be sent", error=type(unsent).__name__)


def sentence(error: Exception) -> str:
    """Return what a person is told about an error."""
    if isinstance(error, IntercoderError):
        text = clip(str(error), CONTENT)
        # A sentence that begins with the name of a file keeps it as it is.
        named = isinstance(error, InputError) and (error.source is not None or error.line)
        return text if named else text[:1].upper() + text[1:]
    if isinstance(error, app_commands.TransformerError):
        return GONE
    if isinstance(error, app_commands.CheckFailure):
        return REFUSED
    if isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
        return OUTDATED
    return FAILED


async def _tell(interaction: Interaction, text: str) -> None:
    if interaction.type is discord.InteractionType.autocomplete:
        if not interaction.response.is_done():
            await interaction.response.autocomplete([])
    elif interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


def _cause(error: Exception) -> Exception:
    if isinstance(error, (app_commands.CommandInvokeError, app_commands.TransformerError)):
        inner = getattr(error, "original", None) or error.__cause__
        return inner if isinstance(inner, Exception) else error
    return error


def _logged(interaction: Interaction, error: Exception) -> None:
    command = interaction.command.qualified_name if interaction.command else "component"
    try:
        raise error  # the log names the error being handled: this one, not discord.py's wrapping
    except Exception:  # noqa: BLE001 - any
        _log.exception("a command failed", command=command)

"""`intercoder sync`: tells Discord which commands there are. Once, and after an update."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.state import state


def sync(
    context: typer.Context,
    guild: Annotated[
        list[int] | None,
        typer.Option("--guild", metavar="ID", help="A server; else every one the bot is in."),
    ] = None,
    everywhere: Annotated[
        bool,
        typer.Option("--global", help="For all servers at once; Discord takes up to an hour."),
    ] = False,
) -> None:
    """Register the bot's commands, and print the link that invites the bot to a server."""
    from bot.commands.command_sync import Sync, sync_commands  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.domain.errors import InputError  # noqa: PLC0415 - as above

    given = state(context)
    if guild and everywhere:
        raise typer.BadParameter("give --guild or --global, not both")
    token = given.settings.discord.token
    if token is None:
        raise InputError(
            "there is no Discord token",
            "set INTERCODER_DISCORD__TOKEN in .env (Discord's developer portal gives it)",
        )
    wanted = Sync(tuple(guild or ()), everywhere)
    run_until_signalled(sync_commands(given.settings, token.get_secret_value(), wanted, given.out))

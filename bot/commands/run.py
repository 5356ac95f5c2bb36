"""`intercoder run`: the live bot, after a look at whether anything is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.state import State, state

_CANNOT = 2
# Seconds after which whoever stops services kills them. By then everything is on disk as after a
# crash at the latest: what waits to be coded is found by the next start.
_LEAVE_BY = 9.5


def run(
    context: typer.Context,
    health: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep a file for `intercoder health` to read."),
    ] = None,
    timings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", hidden=True, help="Write when each coding was on disk."),
    ] = None,
) -> None:
    """Start the Discord bot. Ctrl-C or SIGTERM stop it; nothing that was heard is lost."""
    from bot.commands.live_run import run_live  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above

    given = state(context)
    token = checked_token(given)
    live = run_live(given.settings, token, given.err, timings=timings, health=health)
    run_until_signalled(live, at_most=_LEAVE_BY)


def checked_token(given: State) -> str:
    """Return the bot's token once nothing is missing; else say what is, and exit with 2."""
    from bot.commands.checks import Use, checks, missing  # noqa: PLC0415 - --help is quick

    rows = missing(list(checks(given.settings)), Use.RUN)
    for row in rows:
        given.err.print(
            f"[red]{escape(row.name)}[/red]: {escape(_clause(row.found))}; "
            f"{escape(_clause(row.remedy))}.",
            soft_wrap=True,
        )
    token = given.settings.discord.token
    if rows or token is None:
        raise typer.Exit(_CANNOT)
    return token.get_secret_value()


def _clause(text: str) -> str:
    return text.removesuffix(".")

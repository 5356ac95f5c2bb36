"""`intercoder run`: the live bot; until its gateway is there, what it lacks, said clearly."""

from __future__ import annotations

import typer
from rich.markup import escape

from bot.commands.state import state

_CANNOT = 2


def run(context: typer.Context) -> None:
    """Start the Discord bot."""
    from bot.commands.checks import Use, checks, missing  # noqa: PLC0415 - --help is quick

    given = state(context)
    for row in missing(list(checks(given.settings)), Use.RUN):
        given.err.print(
            f"[red]{escape(row.name)}[/red]: {escape(_clause(row.found))}; "
            f"{escape(_clause(row.remedy))}.",
            soft_wrap=True,
        )
    given.err.print(
        "The Discord gateway is not part of this version yet: `intercoder replay FILE` codes "
        "transcripts through the same live path.",
        soft_wrap=True,
    )
    raise typer.Exit(_CANNOT)


def _clause(text: str) -> str:
    return text.removesuffix(".")

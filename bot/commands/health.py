"""`intercoder health`: whether the bot that writes a state file is alive and connected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.state import state
from bot.domain.errors import InputError

_ILL = 1  # exit code, also where no bot runs: what asks every half minute knows only well and ill


def health(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `intercoder run --health FILE` writes.")
    ],
) -> None:
    """Tell whether the running bot is alive and connected; exit code 1 if it is not."""
    from datetime import UTC, datetime  # noqa: PLC0415 - --help is quick

    from bot.commands.heartbeat import judge, read_beat  # noqa: PLC0415

    given = state(context)
    try:
        wrong = judge(read_beat(file), datetime.now(UTC))
    except InputError as error:
        given.err.print(escape(str(error)), style="red", soft_wrap=True)
        raise typer.Exit(_ILL) from None
    if wrong is not None:
        given.err.print(f"The bot is not well: {escape(wrong)}.", style="red", soft_wrap=True)
        raise typer.Exit(_ILL)
    given.out.print("The bot is alive and connected.")

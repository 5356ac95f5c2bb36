"""Options that several commands share, and the settings that stand in where one is not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.state import State
from bot.domain.errors import InputError
from bot.settings import database_url

Database = Annotated[
    str | None,
    typer.Option(metavar="FILE|URL", help="The database; else the one of the settings."),
]


def _filled(name: str | None) -> str | None:
    if name is not None and not name.strip():
        raise typer.BadParameter("it is empty: give a name, or leave the option out")
    return name


StudyName = Annotated[
    str | None, typer.Option("--study", callback=_filled, help="Name of the study.")
]


def _all_filled(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        _filled(name)
    return names


StudyNames = Annotated[
    list[str] | None,
    typer.Option(
        "--study", callback=_all_filled, help="Name of the study; with --verified also several."
    ),
]
SessionName = Annotated[
    str | None, typer.Option("--session", callback=_filled, help="Name of the session.")
]
CodebookFile = Annotated[
    Path | None, typer.Option("--codebook", metavar="FILE", help="The study's codebook.")
]

ScenarioList = Annotated[
    Path | None,
    typer.Option("--scenarios", metavar="FILE", help="The cases, for a file that lacks them."),
]
TALK = "Coded talk; docs/imports.md lists the forms."
"""Help for a file of whichever form."""


def chosen_database(state: State, given: str | None) -> str:
    """Return the URL of the database that was given, else of the settings'."""
    if given is None:
        return state.settings.database.url
    try:
        return database_url(given)
    except ValueError as error:
        scheme = given.split("://", maxsplit=1)[0]  # the rest may hold a password
        raise InputError(f"--database {scheme}://... cannot be used", str(error)) from None

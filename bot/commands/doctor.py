"""`intercoder doctor`: a table of what is configured, found and missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.state import State, state
from bot.domain.errors import IntercoderError

if TYPE_CHECKING:
    from bot.commands.checks import Check

_STATUS = 13  # characters: what is left of a line of 80 holds the longest setting's name
_MISSING = 1  # exit code: something that `replay` needs is not there


def doctor(context: typer.Context) -> None:
    """Show what is there and what is missing, with a remedy in each failing row; writes nothing.

    Exit code 0 if everything that `replay` needs is there, else 1.
    """
    from bot.commands.checks import Use, missing  # noqa: PLC0415 - --help is quick

    given = state(context)
    found: list[Check] = []
    table = Table(
        "check",
        Column("status", max_width=_STATUS),
        Column("found, and what to do", overflow="fold", ratio=1),
        show_lines=True,
        expand=True,
    )
    for row in _rows(given):
        found.append(row)
        told = escape(row.found) if row.passed else f"{escape(row.found)}\n{_to_do(row)}"
        table.add_row(row.name, _mark(row), told)
    given.out.print(table)
    if missing(found, Use.REPLAY):
        given.out.print(
            "With these settings `intercoder replay` and `run` cannot work: see the rows marked "
            "missing.",
            soft_wrap=True,
        )
        raise typer.Exit(_MISSING)
    if missing(found, Use.RUN):
        given.out.print(
            "Everything that `intercoder replay` needs is there; for `intercoder run` see the "
            "rows marked missing.",
            soft_wrap=True,
        )
    else:
        given.out.print("Everything that `intercoder replay` and `run` need is there.")


def _to_do(row: Check) -> str:
    return f"[bold]To do:[/bold] {escape(row.remedy)}"


def _mark(row: Check) -> str:
    if row.passed:
        return "[green]ok[/green]"
    uses = " and ".join(f"`{use}`" for use in sorted(row.needed_for))
    return f"[red]missing[/red] for {uses}" if uses else "[yellow]missing[/yellow]"


def _rows(given: State) -> list[Check]:
    from bot.commands.checks import Check, Use, checks  # noqa: PLC0415 - as above
    from bot.settings import Settings  # noqa: PLC0415

    try:
        settings = given.settings
    except IntercoderError as error:
        wrong = Check("settings", "cannot be used", str(error), frozenset(Use))
        # The rest of the table is told by the defaults, so that it does not wait for this.
        return [wrong, *checks(Settings.model_construct())]
    source = given.env_file if given.env_file and given.env_file.is_file() else "no .env, defaults"
    return [Check("settings", str(source), needed_for=frozenset(Use)), *checks(settings)]

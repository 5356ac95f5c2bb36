"""The typer application: every command under its name."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.commands.state import state
from bot.settings import DEBUG


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"intercoder {__version__}")
        raise typer.Exit


def _intercoder(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", envvar=DEBUG, help="Show tracebacks of errors.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """One more coder at the table: codes small-group discussions live."""
    del version  # its callback has already spoken
    state(context).debug = debug


def build() -> typer.Typer:
    """Return the application with all commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_intercoder)
    return app

"""The typer application: every command under its name."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.commands.bench import bench
from bot.commands.bundle_study import bundle_study
from bot.commands.db import database_commands
from bot.commands.demo import demo
from bot.commands.doctor import doctor
from bot.commands.evaluate import evaluate
from bot.commands.export import export
from bot.commands.health import health
from bot.commands.history import history
from bot.commands.import_file import import_file
from bot.commands.lineage import lineage
from bot.commands.logs import configure_logs
from bot.commands.models import model_commands
from bot.commands.rehearse import rehearse
from bot.commands.reliability import reliability
from bot.commands.replay import replay
from bot.commands.run import run
from bot.commands.state import State, state
from bot.commands.sync import sync
from bot.commands.target_error import target_error
from bot.commands.train import train
from bot.commands.tune import tune
from bot.settings import DEBUG, LogSettings, SettingsError


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
    given = state(context)
    given.debug = debug
    configure_logs("debug" if debug else _log_level(given), tracebacks=debug)


def _log_level(given: State) -> str:
    try:
        return given.settings.log.level
    except SettingsError:  # the first command that needs settings tells what is wrong with them
        return LogSettings().level


def build() -> typer.Typer:
    """Return the application with all commands."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_intercoder)
    app.command("demo")(demo)
    app.command("train")(train)
    app.command("tune")(tune)
    app.command("evaluate")(evaluate)
    app.command("replay")(replay)
    app.command("import")(import_file)
    app.command("export")(export)
    app.command("bundle-study")(bundle_study)
    app.command("reliability")(reliability)
    app.command("history")(history)
    app.command("lineage")(lineage)
    app.command("target-error")(target_error)
    app.command("doctor")(doctor)
    app.command("bench")(bench)
    app.command("run")(run)
    app.command("rehearse")(rehearse)
    app.command("sync")(sync)
    app.command("health")(health)
    app.add_typer(database_commands(), name="db")
    app.add_typer(model_commands(), name="models")
    return app


def build_training() -> typer.Typer:
    """Return the application of `python -m training`: the commands that train and judge."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_intercoder)
    app.command("train")(train)
    app.command("tune")(tune)
    app.command("evaluate")(evaluate)
    return app

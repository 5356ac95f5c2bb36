"""`intercoder models make`: the process that a retraining is; `models train` starts it.

It decides what is gold, writes the verified records, trains, judges, and writes result.json; it
promotes nothing. Progress goes to the standard output, a JSON line each; the last line on the
standard error says what failed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal, NoReturn

import typer
from rich.markup import escape

from bot.commands.options import Database, chosen_database
from bot.commands.state import State, state
from bot.domain.errors import IntercoderError

FAILED = 1


class _Stopped(BaseException):
    """A signal asks the process to end; no handler of errors is to take it for one."""


def make(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    *,
    study: Annotated[str, typer.Option(metavar="NAME", help="The study to train a coder for.")],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")],
    champion: Annotated[
        Path | None, typer.Option(metavar="BUNDLE", help="The coder to beat; else the settings'.")
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Give way to a bot; end with who started this.")
    ] = False,
    base: Annotated[
        str, typer.Option(help="Base model: minilm, a folder, or a hub name.")
    ] = "minilm",
    epochs: Annotated[int | None, typer.Option(min=1, max=1000, help="Else the preset's.")] = None,
    method: Annotated[
        Literal["auto", "frozen", "finetune"], typer.Option(help="auto: what does best here.")
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same records: same coder.")] = 0,
    database: Database = None,
) -> None:
    """Train a coder on a study's verified codes and decide whether it is better."""
    given = state(context)
    if background:
        from bot.services.retraining.manners import give_way  # noqa: PLC0415 - before torch

        give_way(given.settings.retraining.memory_gb)
    from bot.commands.training_extra import train_extra  # noqa: PLC0415 - --help is quick

    with _one_sentence(given), train_extra("models make"), _ending_at_once():
        from bot.commands.models_made import How, Wanted, made  # noqa: PLC0415 - torch

        url = chosen_database(given, database)
        wanted = Wanted(url, study, folder, champion or given.settings.model.bundle)
        how = How(base, method, epochs, seed)
        made(wanted, how, given.settings, sys.stdout)


@contextmanager
def _one_sentence(given: State) -> Iterator[None]:
    """End with 1, and with one sentence as the last line, whatever fails in the block."""
    try:
        yield
    except IntercoderError as error:
        if given.debug:
            given.err.print_exception()
        _fail(given, str(error))
    except _Stopped as stopped:
        raise typer.Exit(128 + stopped.args[0]) from None
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost edge: shown, never dropped
        from training.faults import failure  # noqa: PLC0415 - as above

        if given.debug:
            given.err.print_exception()
        _fail(given, failure("the retraining", error))


def _fail(given: State, sentence: str) -> NoReturn:
    given.err.print(escape(" ".join(sentence.split())), soft_wrap=True)
    raise typer.Exit(FAILED) from None


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Let SIGTERM and SIGINT end the block at once: an epoch that is not finished is nobody's."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise _Stopped(number)

    before = {n: signal.signal(n, stop) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

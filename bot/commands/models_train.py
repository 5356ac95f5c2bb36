"""`intercoder models train`: a retraining in the foreground, judged and promoted as by night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import Database, StudyName, chosen_database
from bot.commands.progress import Report, progress
from bot.commands.state import state
from bot.domain.errors import InputError
from bot.settings import DatabaseSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.retraining.progress import Progress
    from bot.services.retraining.retrainer import Finished

_FAILED = 1  # exit code of a training that came to nothing
_STOPPED = "it was stopped by whoever had started it."


def train(
    context: typer.Context,
    study: StudyName = None,
    database: Database = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also without new verified codes, or during a session."),
    ] = False,
) -> None:
    """Train a coder from a study's verified codes; it serves only if it is no worse.

    It trains in a process of its own that gives way to a bot beside it; a bot that runs takes
    up what is promoted. Ctrl-C ends the training and changes nothing.
    """
    from bot.commands.models_view import print_report  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.services.retraining.report import report  # noqa: PLC0415
    from bot.storage.retrainings import State as Row  # noqa: PLC0415

    given = state(context)
    url = chosen_database(given, database)
    settings = with_database(given.settings, url)
    finished = run_until_signalled(_train(settings, study, given.err, force=force))
    print_report(given.out, report(finished))
    if finished.row.state is Row.FAILED:
        raise typer.Exit(_FAILED)


def with_database(settings: Settings, url: str) -> Settings:
    """Return the settings with the database that a command was given."""
    return settings.model_copy(update={"database": DatabaseSettings(url=url)})


async def _train(
    settings: Settings, name: str | None, console: Console, *, force: bool
) -> Finished:
    from bot.commands.databases import open_existing, pick_study  # noqa: PLC0415 - as above
    from bot.services.retraining.retrainer import Retrainer  # noqa: PLC0415
    from bot.services.retraining.whether import Why  # noqa: PLC0415
    from bot.storage.retrainings import Cause  # noqa: PLC0415

    async with await open_existing(settings.database.url) as store:
        study = await pick_study(store, name)
        retrainer = Retrainer(store, settings)
        await retrainer.clear()
        skip = await retrainer.why_not(study, Cause.ASKED, force=force)
        if skip is not None:
            remedy = {
                Why.FEW: "--force begins all the same",
                Why.SESSION: "--force begins all the same",
                Why.RUNNING: "wait for its end",
            }.get(skip.why, "see to that first")
            raise InputError(skip.reason.rstrip("."), remedy)
        with showing(console) as told:
            return await retrainer.run(study, Cause.ASKED, told=told, stopped=_STOPPED)


@contextmanager
def showing(console: Console) -> Iterator[Callable[[Progress], None]]:
    """Show the stages of a training while the block runs, each with a bar; gives what to tell."""
    with ExitStack() as shown:
        yield _Shown(console, shown)


class _Shown:
    def __init__(self, console: Console, shown: ExitStack) -> None:
        self._console = console
        self._shown = shown
        self._stage: tuple[str, int] | None = None
        self._report: Report | None = None
        self._done = 0

    def __call__(self, told: Progress) -> None:
        from bot.services.retraining.status import stage  # noqa: PLC0415 - --help is quick

        if told.stage == "done":  # the report says it better
            return
        again = told.done < self._done  # the same kind of work once more
        if (told.stage, told.total) != self._stage or again:
            self._shown.close()
            bar = progress(self._console, stage(told.stage), told.total)
            self._report = self._shown.enter_context(bar)
            self._stage, self._done = (told.stage, told.total), 0
        elif told.done == self._done and told.text:
            self._console.print(escape(f"  {told.text}"), soft_wrap=True)
        if self._report is not None and told.done:
            self._report(told.done)
        self._done = told.done

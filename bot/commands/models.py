"""`intercoder models`: a study's coders, retrained, listed, promoted and rolled back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.commands.models_make import make
from bot.commands.models_train import train
from bot.commands.options import Database, StudyName, chosen_database
from bot.commands.state import state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.services.retraining.retrainer import Retrainer
    from bot.storage.rows import Study

_BY_HAND = "Chosen by hand (intercoder models promote)."
_BACK = "Taken back by hand (intercoder models rollback)."


def status(context: typer.Context, study: StudyName = None, database: Database = None) -> None:
    """Show which coder serves, how a running retraining stands, and what came last."""
    from bot.commands.models_view import print_status  # noqa: PLC0415 - --help is quick
    from bot.services.retraining.known import known_coders  # noqa: PLC0415
    from bot.services.retraining.status import status as how_it_stands  # noqa: PLC0415

    async def work(retrainer: Retrainer, of: Study) -> None:
        found = await how_it_stands(retrainer, of)
        known = await known_coders(retrainer, of)
        print_status(state(context).out, of, found, known)

    _with_study(context, study, database, work)


def list_(context: typer.Context, study: StudyName = None, database: Database = None) -> None:
    """List the coders at hand, with their figures on the study's gold messages."""
    from bot.commands.models_view import print_coders  # noqa: PLC0415 - --help is quick
    from bot.services.retraining.known import known_coders  # noqa: PLC0415

    async def work(retrainer: Retrainer, of: Study) -> None:
        print_coders(state(context).out, await known_coders(retrainer, of))

    _with_study(context, study, database, work)


def promote(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A coder of `models list`.")],
    study: StudyName = None,
    database: Database = None,
) -> None:
    """Let another coder serve from the next discussion on; a bot that runs takes it up."""
    from bot.services.retraining.known import promote_known  # noqa: PLC0415 - --help is quick

    async def work(retrainer: Retrainer, of: Study) -> None:
        done = await promote_known(retrainer, of, name, _BY_HAND)
        state(context).out.print(escape(_serves(done.name, done.folder, of)), soft_wrap=True)

    _with_study(context, study, database, work)


def rollback(context: typer.Context, study: StudyName = None, database: Database = None) -> None:
    """Put the coder before back; given again, the one before that."""
    from bot.services.promoting import roll_back  # noqa: PLC0415 - --help is quick

    async def work(retrainer: Retrainer, of: Study) -> None:
        default = retrainer.settings.model.bundle
        done = await roll_back(retrainer.store, of, default, _BACK)
        state(context).out.print(escape(_serves(done.name, done.folder, of)), soft_wrap=True)

    _with_study(context, study, database, work)


def model_commands() -> typer.Typer:
    """Return the group `models`."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Retrain a study's coder from what people verified; choose which one serves.",
    )
    group.command("train")(train)
    group.command("status")(status)
    group.command("list")(list_)
    group.command("promote")(promote)
    group.command("rollback")(rollback)
    group.command("make", hidden=True)(make)
    return group


def _serves(name: str, folder: Path, study: Study) -> str:
    return (
        f"{name} ({folder}) serves study {study.name!r} from the next discussion on; what runs is "
        "coded to its end by the coder that it began with."
    )


def _with_study(
    context: typer.Context,
    name: str | None,
    database: str | None,
    work: Callable[[Retrainer, Study], Awaitable[None]],
) -> None:
    """Do the work on the study that is named, or the only one; raises InputError."""
    from bot.commands.databases import open_existing, pick_study  # noqa: PLC0415 - as above
    from bot.commands.models_train import with_database  # noqa: PLC0415
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415
    from bot.services.retraining.retrainer import Retrainer  # noqa: PLC0415

    given = state(context)
    url = chosen_database(given, database)

    async def opened() -> None:
        async with await open_existing(url) as store:
            of = await pick_study(store, name)
            await work(Retrainer(store, with_database(given.settings, url)), of)

    run_until_signalled(opened())

"""`intercoder db`: bring the database to this version, copy it, check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.options import Database, chosen_database
from bot.commands.state import state

_FOUND = 1  # exit code of a check that found something


def upgrade(context: typer.Context, database: Database = None) -> None:
    """Bring the database to the schema of this version, wholly or not at all."""
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick
    from bot.storage import migrate  # noqa: PLC0415
    from bot.storage.sqlite import parse_url, place  # noqa: PLC0415

    given = state(context)
    url = chosen_database(given, database)

    async def work() -> str:
        before = await migrate.current(url)
        if before == migrate.head():
            return f"{place(parse_url(url))}: has schema {before} already; nothing to do."
        await migrate.upgrade(url)
        from_ = "made new" if before is None else f"brought from schema {before}"
        return f"{place(parse_url(url))}: {from_}, now schema {migrate.head()}."

    given.out.print(escape(run_until_signalled(work())), soft_wrap=True)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to write.")],
    database: Database = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is no earlier backup.")
    ] = False,
) -> None:
    """Copy the database while it may be in use; an earlier copy stays until this one is whole."""
    from bot.commands.progress import progress  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415
    from bot.storage import backup as copying  # noqa: PLC0415

    given = state(context)
    url = chosen_database(given, database)
    copying.check_target(url, file, force=force)
    with progress(given.err, "percent copied", 100) as report:

        def told(done: int, total: int) -> None:
            report(100 * done // max(total, 1))

        run_until_signalled(copying.backup(url, file, told, force=force))
    megabytes = file.stat().st_size / 1e6
    given.out.print(escape(f"{file}: a copy of the database, {megabytes:.1f} MB."), soft_wrap=True)


def check(context: typer.Context, database: Database = None) -> None:
    """Check that the database is sound; exit code 1 if it is not."""
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick
    from bot.storage import check as checking  # noqa: PLC0415
    from bot.storage import migrate  # noqa: PLC0415
    from bot.storage.errors import StorageError  # noqa: PLC0415
    from bot.storage.sqlite import parse_url, place  # noqa: PLC0415

    given = state(context)
    url = chosen_database(given, database)

    async def work() -> list[checking.Finding]:
        if await migrate.current(url) is None:
            where = place(parse_url(url))
            raise StorageError(f"{where}: there is no such database yet; check the path.")
        return await checking.check(url)

    findings = run_until_signalled(work())
    for finding in findings:
        given.out.print(escape(f"{finding.check}: {finding.found}"), soft_wrap=True)
    if findings:
        given.err.print("Restore a backup, or keep the file and ask for help.", style="red")
        raise typer.Exit(_FOUND)
    given.out.print(escape(f"{place(parse_url(url))}: sound."), soft_wrap=True)


def database_commands() -> typer.Typer:
    """Return the group `db`."""
    group = typer.Typer(
        no_args_is_help=True, help="Bring the database up to date, copy it, check it."
    )
    group.command("upgrade")(upgrade)
    group.command("backup")(backup)
    group.command("check")(check)
    return group

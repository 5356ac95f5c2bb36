"""`intercoder history`: who decided what on a message, when, having seen what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.commands.options import Database, StudyName, chosen_database
from bot.commands.state import state

if TYPE_CHECKING:
    from bot.services.people.trail import Trail

_KEYS = ("message", "events", "verified")


def history(
    context: typer.Context,
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="A message's id, or its link in Discord.")
    ],
    study: StudyName = None,
    database: Database = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the trail here, too.")
    ] = None,
) -> None:
    """Print the audit trail of one message: every decision, by whom, when, having seen what.

    The end tells the verified code with the part of the rule that made it, or why there is none.
    """
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.commands.trail_table import ending, heading, trail_table  # noqa: PLC0415 - as above

    given = state(context)
    url = chosen_database(given, database)
    if json is not None:
        check_writable(json, _KEYS)
    found = run_until_signalled(_trail(url, study, message))
    for line in heading(found):
        given.out.print(line, soft_wrap=True)
    given.out.print(trail_table(found))
    given.out.print(ending(found), soft_wrap=True)
    if json is not None:
        write_json(json, found.to_dict())
        given.out.print(escape(f"{json}: the same, for programs."), soft_wrap=True)


async def _trail(url: str, study_name: str | None, message: str) -> Trail:
    from bot.commands.databases import open_existing, pick_study  # noqa: PLC0415 - --help is quick
    from bot.services.people.review import Review  # noqa: PLC0415 - as above
    from bot.services.people.trail import trail  # noqa: PLC0415 - as above

    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
        stored = await Review(store, study, 0).find(message)
        return await trail(store, study, stored)

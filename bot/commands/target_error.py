"""`intercoder target-error`: how wrong a study's final transcript may be, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.options import Database, StudyName, chosen_database
from bot.commands.state import state

if TYPE_CHECKING:
    from bot.services.people.abstaining import Abstention

_KEYS = ("study", "target_error", "coders", "sessions")


@dataclass(frozen=True)
class _Found:
    """A study's target error with the thresholds of its coders, and what waits by session."""

    study: str
    target: float | None
    coders: dict[str, Abstention]
    sessions: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "study": self.study,
            "target_error": self.target,
            "coders": {
                name: {
                    "below": each.threshold.below,
                    "everything": each.threshold.everything,
                    "basis": str(each.basis),
                    "groups": each.threshold.groups,
                    "messages": each.threshold.messages,
                    "bound": each.threshold.bound,
                }
                for name, each in self.coders.items()
            },
            "sessions": self.sessions,
        }


def target_error(
    context: typer.Context,
    percent: Annotated[
        float | None,
        typer.Argument(metavar="[PERCENT]", help="The new target error; 0 takes it away."),
    ] = None,
    study: StudyName = None,
    database: Database = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures here, too.")
    ] = None,
) -> None:
    """Show or set the share of a study's final codes that may be wrong.

    It sets the confidence below which messages go to people, with a guarantee over groups; the
    review queue then offers those first, or only those.
    """
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above

    given = state(context)
    url = chosen_database(given, database)
    if json is not None:
        check_writable(json, _KEYS)
    found = run_until_signalled(_work(url, study, percent))
    _print(given.out, found)
    if json is not None:
        write_json(json, found.to_dict())
        given.out.print(escape(f"{json}: the figures."), soft_wrap=True)


async def _work(url: str, study_name: str | None, percent: float | None) -> _Found:
    from bot.commands.databases import open_existing, pick_study  # noqa: PLC0415 - --help is quick
    from bot.services.people.abstaining import Abstaining  # noqa: PLC0415 - as above

    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
        abstaining = Abstaining(store, study)
        if percent is not None:
            await abstaining.set_target(percent / 100 or None)
        target = await abstaining.target()
        thresholds = await abstaining.all()
        names = {coder.id: coder.name for coder in await store.studies.coders(study.id)}
        waiting = {}
        for session in await store.sessions.all(study.id):
            left = await abstaining.waiting(session)
            if left is not None:
                waiting[session.name] = left.waiting
        coders = {names[row]: each for row, each in thresholds.items()}
        return _Found(study.name, target, coders, waiting)


def _print(console: Console, found: _Found) -> None:
    if found.target is None:
        told = f"Study {found.study!r} has no target error: people are to look at everything."
        console.print(escape(told), soft_wrap=True)
        return
    told = f"Study {found.study!r}: target error {100 * found.target:g} %."
    console.print(escape(told), soft_wrap=True)
    table = Table("model", Column("below this to people", justify="right"), "by", "groups")
    for name, each in found.coders.items():
        shown = "everything" if each.threshold.everything else f"{each.threshold.below:.3f}"
        table.add_row(escape(name), shown, str(each.basis), str(each.threshold.groups))
    console.print(table)
    for name, each in found.coders.items():
        console.print(escape(f"{name}: {each.sentence}."), soft_wrap=True)
    for session, waiting in found.sessions.items():
        console.print(escape(f"session {session!r}: {waiting} wait for people."), soft_wrap=True)

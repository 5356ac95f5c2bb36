"""`intercoder bench`: how fast the engines and the whole path are on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from bot.commands.state import State, state
from bot.domain.errors import InputError

_KEYS = ("quick",)  # what tells earlier figures of this command from other JSON


class Part(StrEnum):
    """What is measured."""

    ALL = "all"
    ENGINES = "engines"
    PATH = "path"


def bench(
    context: typer.Context,
    part: Annotated[
        Part,
        typer.Argument(
            help="engines: against the Hugging Face pipeline; path: replay -> code -> SQLite."
        ),
    ] = Part.ALL,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the figures here, too.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few rounds: to see that it runs, not to quote.")
    ] = False,
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A coder for the path; else the fake engine."),
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="Else every core.")] = None,
) -> None:
    """Measure the engines and the whole path, from replay to SQLite.

    Takes some minutes. Close other programs: what else runs is measured with it.
    """
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.training_extra import train_extra  # noqa: PLC0415

    given = state(context)
    if json_out is not None:
        check_writable(json_out, _KEYS)
    if bundle is not None and part is Part.ENGINES:
        raise InputError("--bundle with engines", "it is the path's coder: leave it out")
    figures: dict[str, Any] = {"quick": quick}
    with train_extra("bench", sleeping=False):  # the pipeline as anybody would run it
        if part is not Part.PATH:
            figures["engines"] = _engines(given, threads, quick=quick)
        if part is not Part.ENGINES:
            figures["path"] = _path(given, bundle, threads, quick=quick)
    if quick:
        given.out.print("--quick: few rounds and a small database, no figures to quote.")
    if json_out is not None:
        write_json(json_out, figures)
        given.out.print(escape(f"{json_out}: the figures."), soft_wrap=True)


def _engines(given: State, threads: int | None, *, quick: bool) -> dict[str, Any]:
    from bench import engines  # noqa: PLC0415 - torch
    from bot.commands.progress import progress  # noqa: PLC0415

    effort = engines.QUICK if quick else engines.WHOLE
    with progress(given.err, "engines, steps", engines.steps(effort)) as report:
        figures = engines.bench_engines(effort, threads, report)
    engines.show(given.out, figures)
    return figures


def _path(given: State, bundle: Path | None, threads: int | None, *, quick: bool) -> dict[str, Any]:
    from bench import path  # noqa: PLC0415 - the store and the engines
    from bot.commands.progress import progress  # noqa: PLC0415

    sizes = path.QUICK if quick else path.WHOLE
    with progress(given.err, "replay, messages coded", sizes.total) as report:
        figures = asyncio.run(path.measure(sizes, bundle, threads, report))
    given.out.print(path.report(figures))
    return asdict(figures)

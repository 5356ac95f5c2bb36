"""`intercoder bench`: how fast the engines and the whole path are on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.state import state

_QUICK_ROUNDS = 3
_QUICK_MESSAGES = 5_000
_MESSAGES = 100_000


def bench(
    context: typer.Context,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the figures here, too.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Few rounds: to see that it runs, not to quote.")
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="Else every core.")] = None,
) -> None:
    """Measure the engines against the Hugging Face pipeline, and replay -> code -> SQLite.

    Takes some minutes. Close other programs: what else runs is measured with it.
    """
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.progress import progress  # noqa: PLC0415
    from bot.commands.stages import stages  # noqa: PLC0415
    from bot.commands.training_extra import train_extra  # noqa: PLC0415

    given = state(context)
    if json_out is not None:
        check_writable(json_out)
    with train_extra("bench", sleeping=False):  # the pipeline as anybody would run it
        from training import bench_engines, bench_path  # noqa: PLC0415 - torch

        rounds = _QUICK_ROUNDS if quick else bench_engines.ROUNDS
        with stages(given.err, "engines, steps") as told:
            engines = bench_engines.bench_engines(
                rounds, threads, lambda done, total: told("engines", done, total)
            )
        bench_engines.show(given.out, engines)
        messages = _QUICK_MESSAGES if quick else _MESSAGES
        total = messages + bench_path.BLOCK * bench_path.BLOCKS
        with progress(given.err, "replay, messages coded", total) as report:
            path = asyncio.run(bench_path.measure(None, messages, report))
        given.out.print(bench_path.report(path))
    if json_out is not None:
        write_json(json_out, {"engines": engines, "path": asdict(path), "quick": quick})
        given.out.print(escape(f"{json_out}: the figures."), soft_wrap=True)

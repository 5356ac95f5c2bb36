"""The engines' benchmark: pace against the Hugging Face pipeline, memory, share of the peak.

`python -m training.bench_engines --json OUT`
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.encoding.spec import Architecture
from bot.inference.engine import EngineError
from training.base import find_base
from training.bench_bundles import random_bundle
from training.bench_race import Race
from training.bench_texts import SAMPLE, SHAPES
from training.machine import machine

ROUNDS = 15
LIVE_MESSAGES = 500
TARGETS = {
    "pair_20": 2.2,
    "pair_160": 2.2,
    "pair_480": 1.9,
    "thread_warm": 20.0,
    "thread_together": 20.0,
}
"""How many times as fast as the pipeline each has to be (issue 2)."""


def bench_engines(
    rounds: int = ROUNDS,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Return all figures as plain data; `progress` is told steps done and steps in all.

    `threads` is the number for every contestant; None takes every core. Raises EngineError.
    """
    threads = threads or os.cpu_count() or 1
    total = rounds * (len(SHAPES) + 1) + 3
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            pair = random_bundle(Path(scratch, "pair"), Architecture.PAIR)
            thread = random_bundle(Path(scratch, "thread"), Architecture.THREAD)
            tick()
            race = Race(pair, thread, threads)
            ratios: dict[str, dict[str, float]] = {}
            for shape in SHAPES:
                ratios |= race.pair(shape, rounds, tick)
            ratios |= race.thread(SHAPES[-1], rounds, tick)
            race.close()
            live = live_process(thread.path, threads)
            tick()
            share = gemm_share(SHAPES[-1].tokens, ratios["pair_480"]["ms_min"] / 1e3)
            tick()
    finally:
        torch.set_num_threads(before)
    return {
        "machine": {**machine(), "threads": threads},
        "rounds": rounds,
        "ratios": ratios,
        "live": live,
        "gemm": share,
    }


def live_process(bundle: Path, threads: int, messages: int = LIVE_MESSAGES) -> dict[str, Any]:
    """Return what a fresh live process reports of itself; see bench_live."""
    command = [sys.executable, "-m", "training.bench_live", str(bundle), str(SAMPLE)]
    run = subprocess.run(  # noqa: S603 - our own module
        [*command, str(messages), str(threads)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[1],
        text=True,
    )
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(f"the live process of the benchmark failed: {last}.")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def gemm_share(tokens: int, seconds: float, size: int = 2048) -> dict[str, float]:
    """Return the share of the fp32 matrix product's peak that one pair of `tokens` reaches.

    The peak is the best of ten square products of `size` by torch. Counted are products
    alone: of each layer 12 h^2 weights a token and 2 n h for its attention, two operations
    each; of the last only the first token goes on after the attention.
    """
    a, b = torch.rand(size, size), torch.rand(size, size)
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    peak = 2 * size**3 / best
    config = find_base().config
    hidden, layers = config.hidden_size, config.num_hidden_layers
    inner = 2 * hidden * config.intermediate_size + hidden**2
    attention = tokens * (3 * hidden**2 + 2 * tokens * hidden)
    operations = 2 * (layers * attention + ((layers - 1) * tokens + 1) * inner)
    return {
        "peak_gflops": peak / 1e9,
        "engine_gflops": operations / seconds / 1e9,
        "share": operations / seconds / peak,
    }


def show(console: Console, figures: dict[str, Any]) -> None:
    """Print the figures as a table, with what has to be reached."""
    table = Table(title="ONNX engine against the Hugging Face pipeline (one message at a time)")
    for column in ("contestant", "ms", "pipeline ms", "ratio of best", "of medians", "at least"):
        table.add_column(column, justify="left" if column == "contestant" else "right")
    for name, row in figures["ratios"].items():
        table.add_row(
            name,
            f"{row['ms_median']:.1f}",
            f"{row['pipeline_ms_median']:.1f}",
            f"{row['ratio_min']:.1f}x",
            f"{row['ratio_median']:.1f}x",
            f"{TARGETS[name]:.1f}x" if name in TARGETS else "-",
        )
    console.print(table)
    live, gemm = figures["live"], figures["gemm"]
    console.print(
        f"live process: peak {live['peak_mb']:.0f} MB (at most 500), "
        f"{live['messages_per_second']:.0f} messages a second, one by one"
    )
    console.print(
        f"share of the fp32 matrix peak at 480 tokens: {gemm['share']:.0%} "
        f"({gemm['engine_gflops']:.0f} of {gemm['peak_gflops']:.0f} GFLOPS)"
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.bench_engines", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int)
    given = parser.parse_args(arguments)
    console = Console()
    with Progress(console=console) as bar:
        task = bar.add_task("engines", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        figures = bench_engines(given.rounds, given.threads, progress)
    show(console, figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The engines' benchmark: pace against the Hugging Face pipeline, memory, share of the peak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from bench.bundles import random_bundle
from bench.race import Race
from bench.texts import SAMPLE, SHAPES
from bot.encoding.spec import Architecture
from bot.inference.engine import EngineError
from training.base import BaseModel, find_base
from training.machine import machine


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of each race, and messages that the live process codes."""

    rounds: int
    live_messages: int


WHOLE = Effort(rounds=15, live_messages=500)
QUICK = Effort(rounds=3, live_messages=50)
TARGETS = {
    "pair_20": 2.2,
    "pair_160": 2.2,
    "pair_480": 1.9,
    "thread_warm": 20.0,
    "thread_together": 20.0,
}
"""How many times as fast as the pipeline each has to be (issue 2)."""


def steps(effort: Effort) -> int:
    """Return in how many steps `bench_engines` tells how far it is."""
    return effort.rounds * (len(SHAPES) + 1) + 3


def bench_engines(
    effort: Effort = WHOLE,
    threads: int | None = None,
    tell: Callable[[int], None] = lambda _done: None,
) -> dict[str, Any]:
    """Return all figures as plain data; `tell` hears how many of the `steps` are done.

    `threads` is the number for every contestant; None takes every core. Raises EngineError.
    """
    threads = threads or os.cpu_count() or 1
    base, rounds = find_base(), effort.rounds
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        tell(done)

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            pair = random_bundle(Path(scratch, "pair"), Architecture.PAIR, base)
            thread = random_bundle(Path(scratch, "thread"), Architecture.THREAD, base)
            tick()
            race = Race(base, pair, thread, threads)
            ratios: dict[str, dict[str, float]] = {}
            for shape in SHAPES:
                ratios |= race.pair(shape, rounds, tick)
            ratios |= race.thread(SHAPES[-1], rounds, tick)
            race.close()
            live = live_process(thread.path, threads, effort.live_messages)
            tick()
            share = gemm_share(base, SHAPES[-1].tokens, ratios["pair_480"]["ms_min"] / 1e3)
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


def live_process(bundle: Path, threads: int, messages: int) -> dict[str, Any]:
    """Return what a fresh live process reports of itself; see bench.live."""
    command = [sys.executable, "-m", "bench.live", str(bundle), str(SAMPLE)]
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


def gemm_share(base: BaseModel, tokens: int, seconds: float, size: int = 2048) -> dict[str, float]:
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
    config = base.config
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
    """Print what `bench_engines` returned as a table, with what has to be reached."""
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

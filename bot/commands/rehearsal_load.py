"""`intercoder rehearse --load`: the phases, shown as they go, and their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.commands.progress import progress
from bot.domain.counting import many
from bot.rehearsal.play.load import Phase, Reports, lasts, load
from bot.rehearsal.play.people import Said
from bot.rehearsal.play.stage import Stage

_TITLES: dict[str, str] = {
    Phase.REAL: "at the recorded pace",
    Phase.FAST: "at 20 times that",
    Phase.STEADY: "at 20 messages a second",
    Phase.TRAINING: "the same beside a training",
    Phase.CHANGES: "the same; coder and scenario change",
}


async def measure(
    stage: Stage, phases: frozenset[str], err: Console, retrain: Path | None = None
) -> dict[str, Any]:
    """Run the phases with a bar for each, and return the figures.

    `retrain` is the file that is trained from in the phase "training".
    """
    chosen = [phase for phase in Phase if phase in phases]
    people = {(m.thread_id, m.speaker) for m in stage.play.transcript.messages}
    err.print(
        f"{many(len(stage.threads), 'group')} of {len(people)} people in all; the phases take "
        f"about {lasts(stage, chosen) / 60:.0f} min, and some more where the rate rises.",
        soft_wrap=True,
    )
    with ExitStack() as shown:
        bars = _Bars(err, shown)
        figures = await load(stage, chosen, Reports(bars.begin, bars.heard), retrain)
    return figures.to_dict() | {"coded_again": len(figures.again)}


class _Bars:
    """One bar after the other."""

    def __init__(self, console: Console, shown: ExitStack) -> None:
        self._console = console
        self._shown = shown
        self._report: Callable[[int], None] = lambda _done: None
        self._said = 0

    def begin(self, name: str, messages: int) -> None:
        """End the bar before, and begin one."""
        self._shown.close()
        self._said = 0
        title = f"load, {_TITLES.get(name, name)}"
        self._report = self._shown.enter_context(progress(self._console, title, messages))

    def heard(self, _said: Said) -> None:
        """Count a message."""
        self._said += 1
        self._report(self._said)


def load_table(figures: dict[str, Any]) -> Table:
    """Return the latencies by phase and rate, and the rate that was too high."""
    table = Table(title="From a message being sent to its coding being on disk")
    table.add_column("phase")
    for name in ("messages", "a second", "p50 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="right")
    rows = [(_TITLES.get(name, name), found) for name, found in figures["phases"].items()]
    rows += [("rising", found) for found in figures["rising"]]
    for title, found in rows:
        numbers = ("messages", "rate", "p50_ms", "p99_ms", "max_ms")
        table.add_row(title, *(str(found[number]) for number in numbers))
    rate = figures["rate_where_p99_passes_1_s"]
    if rate is not None:
        table.caption = f"p99 passes 1 s at {rate:.0f} messages a second."
    return table


def beside_lines(beside: dict[str, Any]) -> Iterator[str]:
    """Yield what a training beside the bot and changes of its coder did, a sentence each."""
    if "training_cpu_s" in beside:
        times = f"{beside['p99_times']} times the p99 without it; " if "p99_times" in beside else ""
        yield (
            f"The training took {beside['training_cpu_s']} s of processor time: {times}"
            f"latest of {many(beside['heartbeats'], 'heartbeat')} "
            f"{1000 * beside['latest_heartbeat_s']:.0f} ms late."
        )
    for swap in beside.get("changes", {}).get("each", ()):
        yield (
            f"A coder was {swap['act']} and served after {swap['seconds']} s; the longest time "
            f"without a coding was {swap['gap_ms']:.0f} ms "
            f"(elsewhere {beside['changes']['median_gap_elsewhere_ms']:.0f} ms in most seconds), "
            f"the longest from message to code {swap['max_ms']:.0f} ms."
        )

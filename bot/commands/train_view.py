"""How a training went, for people: what a new coder is worth, and where the rest is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from bot.domain.counting import many

if TYPE_CHECKING:
    from training.train import Trained


def print_trained(console: Console, trained: Trained, out: Path) -> None:
    """Print how the coder did on the test part, and where the rest is told."""
    from bot.commands.figures import interval, number, percent  # noqa: PLC0415 - --help is quick
    from bot.reliability.resampling import interval_note  # noqa: PLC0415
    from training.people import people_sentences  # noqa: PLC0415

    test = trained.test
    kept = f"epoch {trained.fit.best} of {len(trained.fit.epochs)} is kept"
    note = interval_note(test.groups)
    kappa_interval = interval(test.kappa_low, test.kappa_high)
    shown = f"95 % interval {kappa_interval}" if test.groups > 1 else ""
    rows = (
        f"{out}: {kept}; on {many(test.n, 'test message')} of {many(test.groups, 'group')}:",
        f"  accuracy {percent(test.accuracy)}",
        f"  Cohen's kappa {number(test.kappa)} ({', '.join(filter(None, (shown, note)))})",
        f"  macro-F1 {number(test.macro_f1)}",
        *people_sentences(trained.arrangement.people),
        f"Tables, pictures and every prediction: {out / 'report' / 'report.md'}",
    )
    for row in rows:
        console.print(escape(row), soft_wrap=True)

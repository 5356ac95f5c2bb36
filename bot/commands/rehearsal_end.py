"""What a rehearsal came to: what was said, stored, coded, and whether anything went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.domain.counting import many
from bot.rehearsal.play.stage import Stage
from bot.rehearsal.play.verdict import Verdict

_SHOWN = 5  # violations printed


@dataclass(frozen=True, slots=True)
class RehearsalEnd:
    """How a rehearsal ended.

    `described` tells whether all was held against Discord's description of its interface.
    `late` is the latest heartbeat in seconds (None: too short for one), `stopped` the seconds
    that the bot took to end after SIGTERM.
    """

    verdict: Verdict
    described: bool
    violations: tuple[str, ...]
    requests: int
    late: float | None
    heartbeats: int
    stopped: float

    @classmethod
    def of(cls, stage: Stage, verdict: Verdict, stopped: float) -> RehearsalEnd:
        """Return how the rehearsal on `stage` ended."""
        delays = stage.loopback.hub.heartbeat_delays
        return cls(
            verdict=verdict,
            described=stage.described,
            violations=tuple(stage.loopback.violations),
            requests=len(stage.loopback.requests),
            late=max(delays, default=None),
            heartbeats=len(delays),
            stopped=stopped,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for a file of figures."""
        verdict = self.verdict
        return {
            "said": verdict.said,
            "stored": verdict.stored,
            "coded": verdict.coded,
            "lost": len(verdict.lost),
            "not_coded": len(verdict.uncoded),
            "doubled": len(verdict.doubled),
            "never_said": len(verdict.strange),
            "corrected": verdict.corrected,
            "confirmed": verdict.confirmed,
            "violations": list(self.violations),
            "requests": self.requests,
            "heartbeats": self.heartbeats,
            "latest_heartbeat_s": None if self.late is None else round(self.late, 3),
            "stopped_in_s": round(self.stopped, 2),
        }

    def print(self, console: Console) -> None:
        """Print the table, and what went wrong."""
        table = Table(title="The rehearsal", show_header=False)
        table.add_column()
        table.add_column(justify="right")
        verdict = self.verdict
        late = "none came" if self.late is None else f"{1000 * self.late:.0f} ms"
        rows: list[tuple[str, object]] = [
            ("messages said", verdict.said),
            ("stored", verdict.stored),
            ("coded", verdict.coded),
            ("lost", len(verdict.lost)),
            ("stored and not coded", len(verdict.uncoded)),
            ("stored or coded twice", len(verdict.doubled)),
            ("stored and never said", len(verdict.strange)),
            ("corrected by people", verdict.corrected),
            ("confirmed by people", verdict.confirmed),
            ("requests to Discord", self.requests),
            (f"latest of {many(self.heartbeats, 'heartbeat')}", late),
            ("seconds to stop the bot", f"{self.stopped:.1f}"),
        ]
        # Without the description only few things are looked at: none found tells nothing.
        if self.described or self.violations:
            rows.insert(-2, ("not as Discord describes it", len(self.violations)))
        for name, value in rows:
            table.add_row(name, str(value))
        console.print(table)
        for violation in self.violations[:_SHOWN]:
            console.print(escape(violation), soft_wrap=True)
        if verdict.good:
            console.print("Nothing was lost, and nothing came twice.")
        else:
            wrong = len(verdict.lost) + len(verdict.doubled) + len(verdict.uncoded)
            wrong += len(verdict.strange)
            console.print(f"[red]{many(wrong, 'message')} went wrong.[/red]")

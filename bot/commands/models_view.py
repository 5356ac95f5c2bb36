"""How `intercoder models` shows reports, coders and the state of a retraining."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.domain.retraining import CodeChange
from bot.services.retraining.known import Known
from bot.services.retraining.report import Report, figures_line, share
from bot.services.retraining.status import Status, progress_line
from bot.storage.retrainings import Retraining
from bot.storage.rows import Study


def print_report(console: Console, told: Report) -> None:
    """Print what a retraining came to: the decision, both coders' figures, what to do."""
    console.print(escape(f"{told.title}: {told.reason}"), soft_wrap=True)
    if told.figures:
        table = Table("on the gold messages", "before", "after", box=None)
        for row in told.figures:
            table.add_row(*row)
        console.print(table)
    for title, codes in (("found more often", told.rose), ("found less often", told.fell)):
        if codes:
            console.print(_codes(title, codes))
    for line in (*told.remarks, told.advice, *(f"Picture: {p}" for p in told.pictures)):
        if line:
            console.print(escape(line), soft_wrap=True)


def print_coders(console: Console, known: Sequence[Known]) -> None:
    """Print the coders at hand, the one that serves first."""
    if not known:
        console.print("There is no coder yet that could serve: train one.")
        return
    table = Table.grid(padding=(0, 2, 0, 0))  # a terminal may be narrow, and a reason long
    for coder in known:
        mark = "serves" if coder.serves else "-"
        lines = (_named(coder), figures_line(coder.figures), *_how(coder))
        table.add_row(mark, escape("\n".join(lines)))
    console.print("Coders, the one that serves first; figures: on the study's gold messages.")
    console.print(table)


def print_status(console: Console, study: Study, found: Status, known: Sequence[Known]) -> None:
    """Print which coder serves a study, and how its retrainings stand."""
    serving = next((coder for coder in known if coder.serves), None)
    said = [f"Study {study.name!r}:"]
    if serving is None:
        said.append("no coder at hand serves it; `intercoder models list` shows which could.")
    else:
        said.append(f"{serving.name} ({serving.fingerprint[:8]}) serves, from {serving.folder}.")
    lines = [" ".join(said)]
    if found.running is not None:
        other = "" if found.running.study_id == study.id else " of another study"
        began = f"A retraining{other} began at {found.running.started_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"{began}: {progress_line(found.progress)}")
    if found.last is not None:
        lines.append(_last(found.last))
    if found.due is not None:
        lines.append(f"Next night, if a bot runs then: {found.due:%Y-%m-%d %H:%M} UTC.")
    for line in lines:
        console.print(escape(line), soft_wrap=True)


def _codes(title: str, codes: Sequence[CodeChange]) -> Table:
    table = Table(title, "gold messages", "before", "after", box=None)
    for code in codes:
        before, after = share(code.recall_before), share(code.recall_after)
        table.add_row(escape(code.code), str(code.n), before, after)
    return table


def _named(coder: Known) -> str:
    if not coder.fingerprint:
        return coder.name
    return f"{coder.name} ({coder.fingerprint[:8]}), made {coder.made[:10]}"


def _how(coder: Known) -> list[str]:
    told = [] if coder.taken else ["judged and not taken"]
    if coder.decided is not None:
        told = [f"{coder.decided:%Y-%m-%d}, {coder.why}"]
    return told if coder.problem is None else [*told, f"cannot serve: {coder.problem}"]


def _last(row: Retraining) -> str:
    when = row.ended_at or row.started_at
    return f"Last retraining, {when:%Y-%m-%d %H:%M} UTC: {row.state}: {row.reason or ''}"

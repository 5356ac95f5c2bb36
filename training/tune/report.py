"""A search's files: report.md, its pictures, and the best trial as preset.toml."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from optuna.trial import TrialState

from bot.domain.counting import many
from training.preset_file import preset_text
from training.report.markdown import decimal, percent, quoted, table
from training.tune.duration import told
from training.tune.findings import brief, findings
from training.tune.messages import Facts
from training.tune.pictures import pictures
from training.tune.plan import spent
from training.tune.standing import Standing, settings_of
from training.tune.store import Kept

PRESET = "preset.toml"
REPORT = "report.md"
_ROWS = 15
PICTURES = {
    "history.png": "Every trial that trained to its end, and the best so far",
    "importances.png": "How much of the differences each setting explains (PED-ANOVA)",
    "parallel.png": "Each line is a trial; the darker, the better",
    "slices.png": "Accuracy by the value of each setting; the darker, the later",
}
"""The pictures that there can be, with what they show."""


@dataclass(frozen=True)
class Subject:
    """What was searched on, and where the chosen settings go."""

    file: Path
    facts: Facts
    preset: Path


def best_preset(standing: Standing, subject: Subject) -> bytes | None:
    """Return the best trial as a preset file, or None while none has trained to its end."""
    best = standing.best
    if best is None:
        return None
    whole = many(standing.count(TrialState.COMPLETE), "trial")
    right = f"{best.accuracy or 0:.1%} right on the validation groups after epoch {best.epoch}"
    comments = (
        f"Trial {best.name}, the best of {whole} of `intercoder tune` on {subject.file.name}:",
        f"{right}.",
        "With another seed or split, the test part has groups that the search has seen.",
    )
    return preset_text(settings_of(best), comments).encode()


def report_files(kept: Kept, subject: Subject, why: str) -> dict[str, bytes]:
    """Return the report and its pictures by file name; `why` tells why the search ended."""
    standing = Standing.of(kept.trials())
    drawn = pictures(kept.study)
    text = "\n".join(_text(kept, standing, subject, why, tuple(drawn))) + "\n"
    found = {REPORT: text.encode(), **drawn}
    if (preset := best_preset(standing, subject)) is not None:
        found[PRESET] = preset
    return found


def train_command(subject: Subject) -> str:
    """Return the command line that trains with the best settings and judges them."""
    words = ("intercoder", "train", str(subject.file), "--preset", str(subject.preset))
    return f"{shlex.join(words)} --out BUNDLE"


def _text(
    kept: Kept, standing: Standing, subject: Subject, why: str, drawn: tuple[str, ...]
) -> Iterator[str]:
    facts = subject.facts
    yield f"# Search for better settings: {quoted(subject.file.name)}"
    yield ""
    counts = ", ".join(
        f"{standing.count(state)} {word}"
        for state, word in (
            (TrialState.COMPLETE, "trained to their end"),
            (TrialState.PRUNED, "given up early"),
            (TrialState.FAIL, "failed"),
        )
    )
    yield (
        f"{many(len(standing.rows), 'trial')} ({counts}) in {told(spent(kept.trials()))} of "
        f"training; {why}. Search {kept.study.study_name}, by Optuna."
    )
    yield ""
    for line in findings(standing, facts):
        yield f"- {_whole(line)}"
    if standing.best is not None:
        yield ""
        yield "To train with the best settings and judge them on the test part:"
        yield ""
        yield f"    {train_command(subject)}"
    yield from _best_trials(standing)
    yield from _others(standing)
    if drawn:
        yield from ("", "## Pictures")
        for name in drawn:
            yield from ("", f"{PICTURES[name]}:", "", f"![{PICTURES[name]}]({name})")
    yield from ("", "## Data and machine", "")
    for line in facts.said:
        yield f"- {quoted(line)}"
    yield f"- {quoted(', '.join(f'{k} {v}' for k, v in facts.machine.items()))}"


def _best_trials(standing: Standing) -> Iterator[str]:
    if not standing.ranked:
        return
    yield from ("", "## The best trials", "")
    header = ("trial", "accuracy", "kappa", "macro-F1", "epoch", "time", "settings")
    yield from table(
        header,
        (
            (
                row.name,
                percent(row.accuracy),
                decimal(row.kappa, 3),
                decimal(row.macro_f1, 3),
                str(row.epoch),
                told(row.seconds),
                _whole(brief(row)),
            )
            for row in standing.ranked[:_ROWS]
        ),
    )
    yield ""
    yield (
        "On the validation groups. Named are architecture, learning rate, epochs, and what is "
        "not as in the default preset of the architecture."
    )


def _others(standing: Standing) -> Iterator[str]:
    failed = [r for r in standing.rows if r.state is TrialState.FAIL]
    left = [r for r in standing.rows if r.state is TrialState.PRUNED and r.reference]
    if not failed and not left:
        return
    yield from ("", "## Trials that gave no result", "")
    header = ("trial", "why", "settings")
    yield from table(
        header,
        ((r.name, quoted(r.sentence or "-"), _whole(brief(r))) for r in (*left, *failed)),
    )


def _whole(text: str) -> str:
    """Return our own words, uncut: in settings' names alone is something that Markdown takes."""
    return text.replace("_", r"\_")

"""What a retraining came to, in words and figures, for the staff channel and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.counting import many
from bot.domain.retraining import BUNDLE, CodeChange, Figures, Outcome
from bot.services.retraining.retrainer import Finished
from bot.storage.retrainings import Cause, State

_SHOWN = 4  # codes that rose, and as many that fell
_UNCHANGED = "The coder that serves is the same as before."


@dataclass(frozen=True, slots=True)
class Report:
    """One message: what was decided, why, and what to do about it.

    `figures` are rows of (measure, before, after); `rose` and `fell` the codes whose recall
    changed most. `pictures` are files; `remarks` and `advice` sentences.
    """

    title: str
    reason: str
    figures: tuple[tuple[str, str, str], ...] = ()
    rose: tuple[CodeChange, ...] = ()
    fell: tuple[CodeChange, ...] = ()
    remarks: tuple[str, ...] = ()
    advice: str = ""
    pictures: tuple[Path, ...] = ()


def report(finished: Finished) -> Report:
    """Return what is told about a retraining that ended, or was not begun."""
    row, outcome = finished.row, finished.outcome
    reason = row.reason or ""
    if row.state is State.SKIPPED:
        return Report("No retraining tonight", reason, advice=_SKIPPED)
    if outcome is None:
        tonight = "Tonight's retraining" if row.cause is Cause.NIGHTLY else "The retraining"
        return Report(f"{tonight} failed", reason, advice=_UNCHANGED)
    promoted = row.state is State.PROMOTED
    rose, fell = _moved(outcome)
    folder = row.folder
    # Promoted, its folder has given the bundle away; the pictures stay.
    pictures = () if folder is None else tuple(folder / name for name in outcome.pictures)
    return Report(
        title="A new coder serves" if promoted else "The coder stays as it is",
        reason=reason,
        figures=_figures(outcome),
        rose=rose,
        fell=fell,
        remarks=tuple(_remarks(outcome)),
        advice=_PROMOTED if promoted else _kept(folder),
        pictures=tuple(picture for picture in pictures if picture.is_file()),
    )


_SKIPPED = (
    "The same reason is told again in a week at the earliest; `/model status` always shows the "
    "last night."
)
_PROMOTED = (
    "Discussions that run are coded to their end by the coder that they began with. To go back: "
    "`/model rollback` or `intercoder models rollback`."
)


def _kept(folder: Path | None) -> str:
    if folder is None or not (folder / BUNDLE).is_dir():
        return _UNCHANGED
    return (
        f"{_UNCHANGED} To take the new one all the same, until the next retraining: "
        f"`/model promote {folder.name}`."
    )


def _figures(outcome: Outcome) -> tuple[tuple[str, str, str], ...]:
    before, after = outcome.before, outcome.after
    if after is None:
        return ()
    return tuple(
        (name, share(None if before is None else getattr(before, key)), share(getattr(after, key)))
        for name, key in (
            ("accuracy", "accuracy"),
            ("kappa", "kappa"),
            ("macro-F1", "macro_f1"),
            ("ECE", "ece"),
        )
    )


def share(value: float | None) -> str:
    """Return a measure with three digits, or a dash where it is undefined."""
    return "-" if value is None else f"{value:.3f}"


def figures_line(figures: Figures | None) -> str:
    """Return the figures of a coder in one line."""
    if figures is None:
        return "not judged here yet"
    return (
        f"accuracy {share(figures.accuracy)}, kappa {share(figures.kappa)}, "
        f"macro-F1 {share(figures.macro_f1)}, n={figures.n}"
    )


def _moved(outcome: Outcome) -> tuple[tuple[CodeChange, ...], tuple[CodeChange, ...]]:
    """Return the codes whose recall rose most, and those whose recall fell most."""
    moved = sorted(outcome.codes, key=lambda change: (-_by(change), change.code))
    rose = [change for change in moved if _by(change) > 0]
    fell = [change for change in reversed(moved) if _by(change) < 0]
    return tuple(rose[:_SHOWN]), tuple(fell[:_SHOWN])


def _by(change: CodeChange) -> float:
    if change.recall_before is None or change.recall_after is None:
        return 0.0
    return change.recall_after - change.recall_before


def _remarks(outcome: Outcome) -> list[str]:
    said = []
    if outcome.after is not None:
        said.append(
            f"Judged on {many(outcome.after.n, 'verified message')} of "
            f"{many(outcome.gold_groups, 'group')} that no coder learns from."
        )
    if outcome.difference is not None:
        low, value, high = (
            100 * x
            for x in (outcome.difference.low, outcome.difference.value, outcome.difference.high)
        )
        said.append(f"Accuracy {value:+.1f} points (interval {low:+.1f} to {high:+.1f}).")
    if outcome.left_out_discord:
        left = many(outcome.left_out_discord, "verified code")
        said.append(
            f"{left} came through Discord and taught nothing: "
            "INTERCODER_TRAINING__DISCORD_PERMISSION names no permission."
        )
    return [*said, *outcome.notes]

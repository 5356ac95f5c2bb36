"""The four panels of the picture, each drawn on axes that it is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bot.reliability.result import ALPHA, COHEN, PERCENT, Figure, Pair
from bot.services.reliability import StudyReliability
from exports.reliability.canvas import BLUE, GREEN, GREY, ORANGE, quiet, short
from exports.reliability.lines import BETWEEN, TITLES

PAIRS = 10
"""Pairs that the picture has room for; the table has them all."""

_CROWDED = 16  # codes above which a confusion's numbers are printed smaller


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    figure: Figure
    n: int
    colour: str
    marker: str


def coefficients(axes: Axes, found: StudyReliability) -> None:
    """Draw each coefficient of all coders, and Cohen's kappa of each pair, with its interval."""
    whole = found.overall
    rows = [
        _Row(TITLES[name], figure, whole.overall.n_units, BLUE, "D")
        for name, figure in whole.overall.figures.items()
    ]
    people = set(found.people)
    first = sorted(whole.pairs, key=lambda p: (not {*p.coders} <= people, -p.overall.n_units))
    shared = first[:PAIRS]  # people's own agreement is what the others are held against
    pairs = [pair for pair in whole.pairs if pair in shared] if len(whole.pairs) > 1 else []
    rows += [_of_pair(pair, people) for pair in pairs]
    _forest(axes, rows)
    if pairs:
        axes.axhline(len(whole.overall.figures) - 0.5, color=GREY, linewidth=0.8)
        of_people = any(row.colour == GREEN for row in rows)
        others = any(row.colour == ORANGE for row in rows)
        kinds = ["blue: all coders"]
        kinds += ["green: kappa of two people"] if of_people else []
        kinds += ["orange: kappa with a model"] if others and found.models else []
        axes.set_xlabel("; ".join(kinds), fontsize=9)
    hidden = len(whole.pairs) - len(pairs) if pairs else 0
    more = f" ({hidden} more pairs in the table)" if hidden else ""
    axes.set_title(f"Agreement, 95 % intervals over groups{more}", fontsize=10.5, loc="left")


def codes(axes: Axes, found: StudyReliability) -> None:
    """Draw Krippendorff's alpha of each code against all others, with how often it was given."""
    rows = [
        _Row(code, measures[ALPHA], measures.codings, BLUE, "o")
        for code, measures in found.overall.per_code.items()
    ]
    for place, row in enumerate(rows):
        if row.figure.value is not None:
            axes.barh(place, row.figure.value, color=BLUE, alpha=0.35, height=0.66)
    _forest(axes, rows)
    axes.set_ylim(max(len(rows), 8) - 0.5, -0.5)  # two codes are not to fill the panel
    axes.set_title("Krippendorff's alpha by code (n = codings)", fontsize=10.5, loc="left")


def confused(axes: Axes, found: StudyReliability) -> None:
    """Draw two coders' confusion: colour is the share of the row, with counts."""
    matrix = found.confusion
    first, second = (short(coder, 24) for coder in matrix.coders)
    shares = np.array(
        [[0.0 if share is None else share for share in row] for row in matrix.row_shares()]
    )
    size = len(matrix.codes)
    axes.imshow(shares.reshape(size, size), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    font = 9 if size <= _CROWDED else 6.5
    for (row, column), count in np.ndenumerate(matrix.counts):
        if count:
            colour = "white" if shares[row, column] > 0.7 else "black"
            axes.text(
                column, row, str(count), ha="center", va="center", fontsize=font, color=colour
            )
    names = [short(code, 12) for code in matrix.codes]
    rotation = 90 if max(map(len, names), default=0) > 4 or size > 10 else 0
    axes.set_xticks(range(size), labels=names, rotation=rotation, fontsize=9, parse_math=False)
    axes.set_yticks(range(size), labels=names, fontsize=9, parse_math=False)
    axes.set_xlabel(f"{second}'s code", fontsize=10, parse_math=False)
    axes.set_ylabel(f"{first}'s code", fontsize=10, parse_math=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    title = f"{first}{BETWEEN}{second}, n={matrix.n_units} (shade: share of the row)"
    axes.set_title(title, fontsize=10.5, loc="left", parse_math=False)


def over_time(axes: Axes, found: StudyReliability) -> None:
    """Draw alpha and percent agreement of each stretch, of sessions where there are none."""
    if found.over_time:
        what, of = "Over time", "stretch of the study"
        parts = [s.reliability.overall for s in found.over_time]
        names = [str(n) for n in range(1, len(parts) + 1)]
    else:
        what, of = "By session", "session"
        parts = [s.reliability.overall for s in found.by_session]
        names = [short(s.name, 12) for s in found.by_session]
    axes.set_title(what, fontsize=10.5, loc="left")
    if len(parts) < 2:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "too few units to tell", ha="center", transform=axes.transAxes)
        return
    at = np.arange(len(parts))
    for name, colour, marker, style in (
        (PERCENT, GREY, "s", "--"),
        (ALPHA, BLUE, "o", "-"),
    ):
        values = [part[name] for part in parts]
        axes.plot(
            at,
            _line([v.value for v in values]),
            style,
            marker=marker,
            color=colour,
            label=TITLES[name],
        )
        low, high = _line([v.low for v in values]), _line([v.high for v in values])
        axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
    labels = [f"{name}\n{part.n_units}" for name, part in zip(names, parts, strict=True)]
    axes.set_xticks(at, labels=labels, fontsize=9, parse_math=False)
    axes.set_xlabel(f"{of}, below it the units with two codes or more", fontsize=9)
    lowest = min((part[ALPHA].low or 0 for part in parts), default=0)
    axes.set_ylim(min(0, lowest), 1.02)
    axes.margins(x=0.04)
    quiet(axes, "y")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=9, borderpad=0
    )


def _of_pair(pair: Pair, people: set[str]) -> _Row:
    one, other = (short(coder, 14) for coder in pair.coders)
    two_people = set(pair.coders) <= people
    colour, marker = (GREEN, "o") if two_people else (ORANGE, "s")
    return _Row(
        BETWEEN.join((one, other)), pair.overall[COHEN], pair.overall.n_units, colour, marker
    )


def _forest(axes: Axes, rows: list[_Row]) -> None:
    """Draw rows from above: the value, its interval, and at the right both as numbers."""
    lowest = 0.0
    for place, row in enumerate(rows):
        value, low, high = row.figure.value, row.figure.low, row.figure.high
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=row.colour, linewidth=2, alpha=0.8)
        if value is not None:
            axes.plot(value, place, row.marker, color=row.colour, markersize=6)
        lowest = min(lowest, value or 0.0, low or 0.0)
        axes.text(
            1.02,
            place,
            f"{'-' if value is None else f'{value:.2f}'}  n={row.n}",
            va="center",
            fontsize=9,
            transform=axes.get_yaxis_transform(),
        )
    labels = [short(row.name, 30) for row in rows]
    axes.set_yticks(range(len(rows)), labels=labels, fontsize=9, parse_math=False)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(lowest - 0.02 if lowest else 0, 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    quiet(axes, "x")


def _line(values: list[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]

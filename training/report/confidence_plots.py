"""The pictures of what confidence is worth: is it true, and whom does it send messages to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.abstention import Sent
from training.calibration import Bin
from training.metrics import Metrics
from training.report.canvas import BLUE, GREEN, GREY, ORANGE, default_style, figure, png, quiet


def confidence_png(metrics: Metrics) -> bytes:
    """Return a PNG of both for one evaluation: the reliability diagram, the curve beside it."""
    with default_style():
        drawing = figure(11.5, 5.2)
        left, right = drawing.subplots(1, 2)
        _diagram(left, metrics.reliability, BLUE, "accuracy")
        left.set_ylabel("accuracy")
        _by_confidence(left)
        left.set_title(f"calibration error (ECE) {_short(metrics.ece)}", fontsize=10)
        _curve(right, metrics)
        return png(drawing)


def reliability(
    metrics: Metrics, before: Sequence[Bin] = (), before_ece: float | None = None
) -> bytes:
    """Return a PNG: accuracy by confidence against the diagonal, over how often each occurs.

    With the bins `before` the temperature, those stand beside it.
    """
    drawing = figure(10.4 if before else 5.6, 6.2)
    columns = 2 if before else 1
    grid = drawing.subplots(
        2, columns, sharex=True, sharey="row", height_ratios=[4, 1], squeeze=False
    )
    if before:
        title = f"before: calibration error (ECE) {_short(before_ece)}"
        _column(grid[0][0], grid[1][0], before, ORANGE, title)
        title = f"as it serves: {_short(metrics.ece)}"
        _column(grid[0][1], grid[1][1], metrics.reliability, BLUE, title)
    else:
        _column(grid[0][0], grid[1][0], metrics.reliability, BLUE, None)
    grid[0][0].set_ylabel("accuracy")
    grid[1][0].set_ylabel("messages")
    _legend(drawing, grid[0][-1])
    return png(drawing)


def sent_to_people(metrics: Metrics) -> bytes:
    """Return a PNG: agreement of the final transcript by the share that people look at."""
    drawing = figure(6.4, 4.6)
    _curve(drawing.subplots(), metrics)
    return png(drawing)


def errors_by_confidence(metrics: Metrics) -> bytes:
    """Return a PNG: how often the model errs above and below each confidence."""
    drawing = figure(6.4, 4.2)
    axes = drawing.subplots()
    cuts = metrics.errors_by_confidence
    at = [c.threshold for c in cuts]
    axes.bar(
        at,
        [c.messages_above or 0.0 for c in cuts],
        width=0.07,
        color="#DDDDDD",
        label="messages at or above it",
    )
    for values, colour, name in (
        ([c.error_rate_below for c in cuts], ORANGE, "errors below it"),
        ([c.error_rate_above for c in cuts], BLUE, "errors at or above it"),
    ):
        axes.plot(at, [np.nan if v is None else v for v in values], "o-", label=name, color=colour)
    axes.set_xticks(at)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share")
    drawing.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    quiet(axes)
    return png(drawing)


def _column(
    diagram: Axes, histogram: Axes, bins: Sequence[Bin], colour: str, title: str | None
) -> None:
    _diagram(diagram, bins, colour, "accuracy")
    if title is not None:
        diagram.set_title(title, fontsize=10)
    histogram.bar(
        [b.low for b in bins],
        [b.n for b in bins],
        width=[b.high - b.low for b in bins],
        align="edge",
        color=GREY,
        edgecolor="white",
    )
    _by_confidence(histogram)


def _diagram(axes: Axes, bins: Sequence[Bin], colour: str, name: str) -> None:
    filled = [
        (b.low, b.high - b.low, b.accuracy, b.confidence) for b in bins if b.accuracy is not None
    ]
    axes.bar(
        [f[0] for f in filled],
        [f[2] for f in filled],
        width=[f[1] for f in filled],
        align="edge",
        color=colour,
        alpha=0.7,
        edgecolor="white",
        label=name,
    )
    at = [f[3] for f in filled if f[3] is not None]
    axes.plot(
        at,
        [f[2] for f in filled],
        "o",
        color="black",
        markersize=4,
        label="at the mean confidence",
    )
    axes.plot([0, 1], [0, 1], "--", color="black", label="as sure as right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    quiet(axes)


def _by_confidence(axes: Axes) -> None:
    axes.set_xlabel("confidence")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    quiet(axes)


def _curve(axes: Axes, metrics: Metrics) -> None:
    sent = metrics.sent_to_people
    axes.plot([s.share for s in sent], [s.agreement for s in sent], "o-", color=BLUE, markersize=3)
    for agreement, found in metrics.needed.items():
        if found is not None:
            _price(axes, float(agreement), found)
    axes.set_xlim(0, 1)
    axes.set_ylim(top=1.01)
    axes.set_xlabel("share of the messages that people code, the least certain first")
    axes.set_ylabel("agreement of the final transcript")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    quiet(axes)


def _price(axes: Axes, agreement: float, found: Sent) -> None:
    axes.plot([0, found.share], [agreement, agreement], "--", color=GREEN, linewidth=1)
    axes.annotate(
        f"{agreement:.0%} at {found.share:.1%}",
        (found.share, agreement),
        xytext=(8, -12),
        textcoords="offset points",
        color=GREEN,
        fontsize=9,
    )


def _legend(drawing: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    drawing.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, fontsize=8.5)


def _short(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"

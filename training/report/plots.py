"""The pictures of a training report, drawn without a display and the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np

from training.curve import Epoch
from training.metrics import Metrics
from training.report.canvas import BLUE, GREEN, GREY, ORANGE, figure, png, quiet, show_codes


def draw(epochs: Sequence[Epoch], best_epoch: int, test: Metrics) -> dict[str, bytes]:
    """Return the PNGs by file name; a person's own matplotlib settings do not reach them."""
    kept = {"backend", "interactive"}
    with mpl.rc_context({k: v for k, v in mpl.rcParamsDefault.items() if k not in kept}):
        pictures = {
            "confusion.png": confusion(test),
            "f1_by_code.png": f1_by_code(test),
            "reliability.png": reliability(test),
            "errors_by_confidence.png": errors_by_confidence(test),
        }
        if epochs:
            pictures["learning_curve.png"] = learning_curve(epochs, best_epoch)
    return pictures


def learning_curve(epochs: Sequence[Epoch], best_epoch: int) -> bytes:
    """Return a PNG: accuracy and learning rate over the epochs (the paper's Figure 3), and loss."""
    drawing = figure(7.2, 6.0)
    accuracy, loss = drawing.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    numbers = [e.epoch for e in epochs]
    rate = accuracy.twinx()
    rates = [e.learning_rate for e in epochs]
    rate.plot(numbers, rates, "s--", color=GREY, markersize=4, label="learning rate")
    rate.set_ylabel("learning rate at the start of the epoch", color="#606060")
    rate.set_ylim(bottom=0)
    rate.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    rate.spines["top"].set_visible(False)
    accuracy.set_zorder(rate.get_zorder() + 1)  # the curve in front of the rate
    accuracy.patch.set_visible(False)
    if all(e.train_accuracy is not None for e in epochs):
        seen = [e.train_accuracy for e in epochs]
        accuracy.plot(numbers, seen, "o-", color=ORANGE, label="training")
    reached = [e.validation_accuracy for e in epochs]
    accuracy.plot(numbers, reached, "o-", color=BLUE, label="validation")
    for best in (e for e in epochs if e.epoch == best_epoch):
        accuracy.axvline(best.epoch, color=GREEN, alpha=0.35, linewidth=6, zorder=0)
        accuracy.annotate(
            f"kept: {best.validation_accuracy:.1%}",
            (best.epoch, best.validation_accuracy),
            xytext=(0, -18),
            textcoords="offset points",
            ha="center",
            color=BLUE,
        )
    accuracy.set_ylabel("accuracy")
    accuracy.margins(y=0.15)
    accuracy.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    handles, names = accuracy.get_legend_handles_labels()
    more, more_names = rate.get_legend_handles_labels()
    drawing.legend(
        handles + more, names + more_names, loc="outside upper right", ncols=3, frameon=False
    )
    loss.plot(numbers, [e.train_loss for e in epochs], "o-", color=ORANGE)
    loss.plot(numbers, [e.validation_loss for e in epochs], "o-", color=BLUE)
    loss.set_ylabel("loss")
    loss.margins(y=0.15)
    loss.set_ylim(bottom=0)
    loss.set_xlabel("epoch")
    loss.set_xticks(numbers)
    for axes in (accuracy, loss):
        quiet(axes)
    return png(drawing)


def confusion(metrics: Metrics) -> bytes:
    """Return a PNG: people's codes by the model's; colour is the share of the row, with counts."""
    codes = list(metrics.classes)
    counts = np.asarray(metrics.confusion, dtype=np.float64).reshape(len(codes), len(codes))
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    side = max(4.6, 0.42 * len(codes) + 1.6)
    drawing = figure(side + 0.9, side)
    axes = drawing.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    bar = drawing.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label("share of the people's code")
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)
    size = 9 if len(codes) <= 16 else 7.5
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(
                column,
                row,
                f"{count:.0f}",
                ha="center",
                va="center",
                fontsize=size if count < 1000 else size - 2,
                color="white" if shares[row, column] > 0.55 else "black",
            )
    show_codes(axes.xaxis, codes, rotation=90 if max(map(len, codes), default=0) > 3 else 0)
    show_codes(axes.yaxis, codes)
    axes.set_xlabel("the model's code")
    axes.set_ylabel("the people's code")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks(np.arange(len(codes) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(codes) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#E4E4E4", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    return png(drawing)


def reliability(metrics: Metrics) -> bytes:
    """Return a PNG: accuracy by confidence against the diagonal, over how often each occurs."""
    drawing = figure(5.6, 6.2)
    diagram, histogram = drawing.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    filled = [
        (b.low, b.high - b.low, b.accuracy, b.confidence)
        for b in metrics.reliability
        if b.accuracy is not None
    ]
    diagram.bar(
        [f[0] for f in filled],
        [f[2] for f in filled],
        width=[f[1] for f in filled],
        align="edge",
        color=BLUE,
        alpha=0.7,
        edgecolor="white",
        label="accuracy",
    )
    diagram.plot(
        [f[3] for f in filled],
        [f[2] for f in filled],
        "o",
        color="black",
        markersize=4,
        label="at the mean confidence",
    )
    diagram.plot([0, 1], [0, 1], "--", color="black", label="as sure as right")
    diagram.set_xlim(0, 1)
    diagram.set_ylim(0, 1.02)
    diagram.set_ylabel("accuracy")
    diagram.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    drawing.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8.5)
    bins = metrics.reliability
    histogram.bar(
        [b.low for b in bins],
        [b.n for b in bins],
        width=[b.high - b.low for b in bins],
        align="edge",
        color=GREY,
        edgecolor="white",
    )
    histogram.set_ylabel("messages")
    histogram.set_xlabel("confidence")
    histogram.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    for axes in (diagram, histogram):
        quiet(axes)
    return png(drawing)


def f1_by_code(metrics: Metrics) -> bytes:
    """Return a PNG: each code's F1 as a bar with its number of messages, best first."""
    measured = sorted(
        ((code, m) for code, m in metrics.per_code.items() if m.f1 is not None),
        key=lambda item: -(item[1].f1 or 0.0),
    )
    drawing = figure(6.4, 1.2 + 0.3 * max(len(measured), 2))
    axes = drawing.subplots()
    axes.barh(range(len(measured)), [m.f1 or 0.0 for _, m in measured], color=BLUE, height=0.7)
    plain = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    for row, (_, m) in enumerate(measured):
        axes.text(
            (m.f1 or 0.0) + 0.01,
            row,
            f"{m.f1:.2f}   n = {m.n}",
            va="center",
            fontsize=9,
            bbox=plain,
        )
    if metrics.macro_f1 is not None:
        axes.axvline(metrics.macro_f1, color=ORANGE, linestyle="--", zorder=0)
        axes.set_title(
            f"dashed: mean, {metrics.macro_f1:.2f}", fontsize=9, color=ORANGE, loc="right"
        )
    show_codes(axes.yaxis, [code for code, _ in measured])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.set_xlabel("F1")
    quiet(axes, grid="x")
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

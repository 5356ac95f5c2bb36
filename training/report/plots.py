"""The pictures of a training report, drawn without a display and the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence

from training.curve import Epoch
from training.metrics import Metrics
from training.report.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    default_style,
    figure,
    png,
    quiet,
    show_codes,
)
from training.report.confidence_plots import errors_by_confidence, reliability, sent_to_people
from training.report.data import Calibration
from training.report.matrix import explain_colours, show_matrix, side


def draw(
    epochs: Sequence[Epoch],
    best_epoch: int,
    test: Metrics,
    calibration: Calibration | None = None,
) -> dict[str, bytes]:
    """Return the PNGs by file name; a person's own matplotlib settings do not reach them."""
    with default_style():
        pictures = {
            "confusion.png": confusion(test),
            "f1_by_code.png": f1_by_code(test),
            "reliability.png": (
                reliability(test)
                if calibration is None
                else reliability(test, calibration.before, calibration.ece_before)
            ),
            "sent_to_people.png": sent_to_people(test),
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
    drawing = figure(side(codes) + 0.9, side(codes))
    axes = drawing.subplots()
    explain_colours(drawing, show_matrix(axes, metrics, codes), [axes])
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

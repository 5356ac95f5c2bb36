"""A confusion matrix on axes: people's codes by a model's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from training.metrics import Metrics
from training.report.canvas import show_codes


def side(codes: Sequence[str]) -> float:
    """Return how wide and high, in inches, a matrix over `codes` wants to be."""
    return max(4.6, 0.42 * len(codes) + 1.6)


def show_matrix(axes: Axes, metrics: Metrics, codes: Sequence[str]) -> AxesImage:
    """Draw the confusion over `codes`; colour is the share of the row, with counts.

    A code that `metrics` does not know has an empty row and column.
    """
    counts = _counts(metrics, codes)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
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
    return image


def explain_colours(drawing: Figure, image: AxesImage, beside: Sequence[Axes]) -> None:
    """Put the bar that tells what the colours mean beside the axes."""
    bar = drawing.colorbar(image, ax=list(beside), fraction=0.04, pad=0.02)
    bar.set_label("share of the people's code")
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.outline.set_visible(False)


def _counts(metrics: Metrics, codes: Sequence[str]) -> NDArray[np.float64]:
    counts = np.zeros((len(codes), len(codes)))
    own = [codes.index(code) for code in metrics.classes]
    if own:
        counts[np.ix_(own, own)] = np.asarray(metrics.confusion, dtype=np.float64)
    return counts

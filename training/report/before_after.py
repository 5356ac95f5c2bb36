"""The picture for the staff: both coders' confusion on the gold messages, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from training.metrics import Metrics
from training.report.canvas import default_style, figure, png
from training.report.matrix import explain_colours, show_matrix, side


def before_after(named: Sequence[tuple[str, Metrics]], order: Sequence[str]) -> bytes:
    """Return a PNG with one confusion matrix for each (title, measures), over the same codes.

    The codes come in `order`, the codebook's; those that occur in none of the measures are left
    out.
    """
    known = {code for _, metrics in named for code in metrics.classes}
    codes = [code for code in order if code in known]
    codes += sorted(known - set(codes))
    width = side(codes)
    with default_style():
        drawing = figure(width * len(named) + 0.9, width + 0.3)
        row = drawing.subplots(1, len(named), squeeze=False)[0]
        for axes, (title, metrics) in zip(row, named, strict=True):
            image = show_matrix(axes, metrics, codes)
            axes.set_title(title, fontsize=10)
        explain_colours(drawing, image, list(row))
        return png(drawing)

"""The ground that every picture of a report is drawn on: size, colours, axes, PNG bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito's palette: told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
_LABEL_LENGTH = 14  # characters of a code on an axis; the tables of the report have it whole


@contextmanager
def default_style() -> Iterator[None]:
    """Draw in the block as matplotlib does by itself: a person's own settings do not reach it."""
    kept = {"backend", "interactive"}
    with mpl.rc_context({k: v for k, v in mpl.rcParamsDefault.items() if k not in kept}):
        yield


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches, without any display behind it."""
    empty = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(empty)
    return empty


def show_codes(axis: Axis, codes: Sequence[str], rotation: int = 0) -> None:
    """Write the codes along `axis`, long ones shortened."""
    short = [c if len(c) <= _LABEL_LENGTH else c[: _LABEL_LENGTH - 1] + "…" for c in codes]
    # A code is shown as it is written: "$" in it starts no formula.
    axis.set_ticks(range(len(codes)), labels=short, rotation=rotation, parse_math=False)


def quiet(axes: Axes, grid: Literal["x", "y"] = "y") -> None:
    """Leave the axes with a light grid behind the data and no lid."""
    axes.grid(axis=grid, color="#E8E8E8")
    axes.set_axisbelow(True)
    axes.spines["top"].set_visible(False)


def png(drawing: Figure) -> bytes:
    """Return the PNG, without date or software: equal drawings give equal bytes."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Codes in scripts that the font lacks show as boxes; the report's tables have them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()

"""The ground that a picture of reliability is drawn on: size, colours, axes, PNG bytes.

It looks as the pictures of a training report do; this package and that one know nothing of
each other.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito's palette: told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8A8A8A"

DPI = 150
_SHORT = 22  # characters of a name on an axis; the tables have it whole


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches, without any display behind it."""
    empty = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(empty)
    return empty


def short(name: str, length: int = _SHORT) -> str:
    """Return a name as an axis has room for."""
    return name if len(name) <= length else name[: length - 1] + "…"


def quiet(axes: Axes, grid: Literal["x", "y"]) -> None:
    """Leave the axes with a light grid across the values and no box."""
    axes.grid(axis=grid, color="#E8E8E8")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


@contextmanager
def plain() -> Iterator[None]:
    """Keep a person's own matplotlib settings out of the pictures."""
    kept = {"backend", "interactive"}
    with mpl.rc_context({k: v for k, v in mpl.rcParamsDefault.items() if k not in kept}):
        yield


def png(drawing: Figure) -> bytes:
    """Return the PNG, without date or software: equal drawings give equal bytes."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Codes in scripts that the font lacks show as boxes; the tables have them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()

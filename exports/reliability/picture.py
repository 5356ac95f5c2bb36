"""Reliability in one picture: coefficients, codes, a confusion, and how it went over time."""

from __future__ import annotations

from pathlib import Path

from bot.domain.counting import many
from bot.services.reliability import StudyReliability
from exports.reliability.canvas import figure, plain, png, short
from exports.reliability.panels import codes, coefficients, confused, over_time
from exports.writing import replacing_bytes

_WIDTH = 11.0  # inches; at 150 dots an inch 1,650 pixels, which Discord shows whole
_ROW = 0.27  # inches a row of a panel takes
_FRAME = 1.1  # inches for a panel's title and axis


def draw(found: StudyReliability, path: Path) -> None:
    """Write the picture as PNG to `path`; raises WritingError. Equal data give equal bytes."""
    data = picture(found)
    with replacing_bytes(path) as file:
        file.write(data)


def picture(found: StudyReliability) -> bytes:
    """Return the picture as PNG, drawn without a display or anybody's own settings."""
    with plain():
        rows = len(found.overall.overall.figures) + min(len(found.overall.pairs), 10)
        upper = max(3.2, _FRAME + _ROW * max(rows, len(found.overall.codes)))
        lower = max(3.4, _FRAME + _ROW * len(found.overall.codes))
        drawing = figure(_WIDTH, upper + lower + 0.6)
        drawing.suptitle(_title(found), fontsize=13, parse_math=False)
        # Two rows of their own: long names in one do not take room from the other.
        heights = [upper, lower]
        above, below = drawing.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
        left, right = above.subplots(1, 2)
        coefficients(left, found)
        codes(right, found)
        left, right = below.subplots(1, 2)
        confused(left, found)
        over_time(right, found)
        return png(drawing)


def _title(found: StudyReliability) -> str:
    """Return which study, how many units, and what was compared."""
    measures = found.overall.overall
    noun = "unit" if found.of_units else "message"
    name = short(found.name, 40)
    where = name if found.session is None else f"{name}, session {short(found.session, 30)}"
    blind = ", blind codes alone" if found.blind else ""
    left = f", without {', '.join(found.left_out)}" if found.left_out else ""
    return (
        f"Reliability of {where}: {many(len(found.coders), 'coder')}, n = "
        f"{many(measures.n_units, noun)} with two codes or more in "
        f"{many(measures.groups, 'group')}{blind}{short(left, 40)}"
    )

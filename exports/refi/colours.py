"""A colour for each code: distinct for people with any colour vision, the same every time."""

from __future__ import annotations

# Okabe & Ito 2008, "Color Universal Design", without black, which hides the text.
_HUES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_SHADES = (0.0, 0.45, -0.35, 0.7, -0.55)  # towards white, or (below 0) towards black
UNCODED = "#999999"


def colour(index: int) -> str:
    """Return the colour of the code at `index` as #RRGGBB; 35 of them, then again."""
    hue = _HUES[index % len(_HUES)]
    shade = _SHADES[index // len(_HUES) % len(_SHADES)]
    goal = 255 if shade > 0 else 0
    parts = [int(hue[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(part + (goal - part) * abs(shade)) for part in parts]
    return "#" + "".join(f"{part:02X}" for part in mixed)

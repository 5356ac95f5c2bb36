"""Words for a kappa, as two papers have them. They are conventions, not results.

Neither scale follows from data: Landis and Koch call their divisions arbitrary themselves, and
McHugh draws hers more strictly because she finds the older ones too lenient for research on
health. Both were made for kappa; other coefficients get the words by habit. A word goes
beside a figure and its interval, never in their place.

The papers give bounds of two decimals (".21-.40", McHugh ".21-.39" and ".40-.59"). What lies
between two ranges is divided by the round one of their bounds, .20, .40, .60, .80 or .90, which
belongs to the range that prints it: .205 lies above .20 and is "fair" and "minimal", .398 is not
.40 yet and is "fair" and "minimal", too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LANDIS_KOCH_SOURCE = (
    "Landis, J. R. & Koch, G. G. (1977). The measurement of observer agreement for "
    "categorical data. Biometrics, 33(1), 159-174."
)
MCHUGH_SOURCE = (
    "McHugh, M. L. (2012). Interrater reliability: the kappa statistic. "
    "Biochemia Medica, 22(3), 276-282."
)

_LANDIS_KOCH = (
    (0.20, "slight"),
    (0.40, "fair"),
    (0.60, "moderate"),
    (0.80, "substantial"),
    (1.00, "almost perfect"),
)
"""Each up to and with its bound; below 0 "poor"."""

_MCHUGH_BELOW = ((0.40, "minimal"), (0.60, "weak"), (0.80, "moderate"))
"""Each up to but without its bound: ".40-.59" is weak."""


@dataclass(frozen=True, slots=True)
class Words:
    """Both words for one value."""

    landis_koch: str
    mchugh: str


def words(kappa: float) -> Words:
    """Return both words for a kappa."""
    return Words(landis_koch(kappa), mchugh(kappa))


def landis_koch(kappa: float) -> str:
    """Return Landis & Koch's (1977) word; raises ValueError above 1.

    Below 0 poor, to .20 slight, to .40 fair, to .60 moderate, to .80 substantial, to 1 almost
    perfect.
    """
    value = _checked(kappa)
    if value < 0:
        return "poor"
    return _first(_LANDIS_KOCH, value)


def mchugh(kappa: float) -> str:
    """Return McHugh's (2012) word; raises ValueError above 1.

    To .20 none, .21 to .39 minimal, .40 to .59 weak, .60 to .79 moderate, .80 to .90 strong,
    above .90 almost perfect.
    """
    value = _checked(kappa)
    if value <= 0.20:
        return "none"
    for bound, word in _MCHUGH_BELOW:
        if value < bound:
            return word
    return "strong" if value <= 0.90 else "almost perfect"


def _first(scale: Sequence[tuple[float, str]], value: float) -> str:
    return next(word for bound, word in scale if value <= bound)


def _checked(kappa: float) -> float:
    """Return the value without the last digits, where 1 - .4 is not .6 but a little more.

    It may lie below -1: Fleiss' kappa takes the frequencies of codes also from units that one
    coder alone coded.
    """
    value = round(kappa, 9)
    if not value <= 1:
        raise ValueError(f"{kappa} is no kappa: it is 1 at most")
    return value

"""Unitising agreement: how far people agree on where one thought ends and the next begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Decisions = dict[tuple[str, int, str, str], dict[str, bool]]
"""(thread, discussion's row, message, previous message) -> coder -> joined."""

_JOINED, _SEPARATE = "joined", "separate"


@dataclass(frozen=True, slots=True)
class BoundaryAgreement:
    """Agreement on `n` boundaries that two or more of `coders` decided on.

    A boundary lies between two messages that follow each other among their speaker's own, and
    the decision is nominal: joined or separate. `percent` is the share of agreeing pairs of
    decisions, `alpha` Krippendorff's, with a 95 % interval by bootstrap over groups; each None
    where it is undefined.

    This is agreement on boundaries between whole messages. Krippendorff's alpha_u for unitising
    (Krippendorff 1995, Sociological Methodology 25, 47-76; Krippendorff, Mathet, Bouvry and
    Widloecher 2016, Quality & Quantity 50, 2347-2364) is made for continua, in which coders set
    the ends of units freely and overlaps have lengths; messages have ends of their own here, so
    all that people decide on is whether two belong together.
    """

    n: int
    coders: tuple[str, ...]
    percent: float | None
    alpha: float | None
    alpha_low: float | None
    alpha_high: float | None

    @property
    def sentence(self) -> str | None:
        """What is to be said beside the agreement on codes; None where no two decided."""
        if not self.n or self.percent is None:
            return None
        alpha = "undefined" if self.alpha is None else f"{self.alpha:.3f}"
        if self.alpha_low is not None and self.alpha_high is not None:
            alpha += f" [{self.alpha_low:.3f}, {self.alpha_high:.3f}]"
        return (
            f"Unitising: on {self.n} of the places where a thought may go on, two or more of "
            f"{', '.join(self.coders)} decided; {self.percent:.1%} agreement, Krippendorff's alpha "
            f"{alpha}."
        )


def agreement_of(
    decisions: Mapping[tuple[str, int, str, str], Mapping[str, bool]],
) -> BoundaryAgreement:
    """Return the agreement on the boundaries that two coders or more decided on."""
    from bot.reliability.measure import measure  # noqa: PLC0415 - the live path needs no statistics
    from bot.reliability.ratings import Ratings  # noqa: PLC0415 - as above

    shared = {place: by for place, by in decisions.items() if len(by) > 1}
    coders = tuple(sorted({name for by in shared.values() for name in by}))
    if not shared:
        return BoundaryAgreement(0, coders, None, None, None, None)
    rows = (
        (f"{discussion} {message} {previous}", thread, name, _JOINED if joined else _SEPARATE)
        for (thread, discussion, message, previous), by in shared.items()
        for name, joined in by.items()
    )
    ratings = Ratings.of(rows, coders=coders, codes=(_JOINED, _SEPARATE))
    found = measure(ratings).to_dict()
    return BoundaryAgreement(
        len(shared),
        coders,
        found["percent_agreement"],
        found["krippendorff_alpha"],
        found["krippendorff_alpha_low"],
        found["krippendorff_alpha_high"],
    )

"""How far the people who coded a file agree among themselves: what a model can be held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.domain.agreement import Agreement
from bot.domain.counting import many

EASIER = (
    "Only messages on which the coders agree are taken, the easier ones: "
    "on all of them, expect less."
)
"""Stands beside every figure that was measured where several people coded."""

_SHOWN = 10  # pairs told one by one; five coders make ten


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coders, and their agreement on the messages to which both gave a deciding code."""

    coders: tuple[str, str]
    agreement: Agreement

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"coders": list(self.coders), **asdict(self.agreement)}


def people_sentences(pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield the benchmark, a line each pair; nothing where no two people coded one message."""
    if not pairs:
        return
    yield EASIER
    yield "The people among themselves, on the messages that both of a pair coded:"
    for pair in pairs[:_SHOWN]:
        found = pair.agreement
        kappa = "undefined" if found.kappa is None else f"{found.kappa:.3f}"
        yield (
            f"  {pair.coders[0]} and {pair.coders[1]}, {many(found.n, 'message')}: "
            f"{found.percent:.1%}, Cohen's kappa {kappa}"
        )
    if len(pairs) > _SHOWN:
        yield f"  and {many(len(pairs) - _SHOWN, 'pair')} more"

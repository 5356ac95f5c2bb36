"""How far a coder made from a codebook alone can be trusted, code by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.codebook import Code, Codebook
from training.cold.bank import load_bank
from training.cold.matching import Match

_WELL, _PARTLY = 0.5, 0.35  # cosines of a code's words and a function's
_SHOWN = 3  # functions named for a code
_COUNTS = 0.3  # of a function: a smaller share of it hardly speaks for the code


_REPORT = """# A first coder for {title}

No message of this study has taught it, and nothing has tested it here: how often it is right is
not known. It gives a code where a message does what the code's title and definition speak of.
Take its codes for suggestions, check them, and train again as soon as some twenty are verified.

| code | given for | likeness | how well the words of the code are met |
|---|---|---|---|
{rows}

Likeness is the cosine of the code's words and the nearest description. A code that is hardly met
or never given needs a plainer definition, or people.
"""


class Level(StrEnum):
    """How well the bank knows what a code is about."""

    WELL = "well met"
    PARTLY = "met in part"
    HARDLY = "hardly met"
    NEVER = "never given"


@dataclass(frozen=True, slots=True)
class CodeTrust:
    """A code, the speech functions it is given for, the best cosine, and what follows."""

    code: str
    title: str
    functions: tuple[str, ...]
    alike: float
    level: Level


def trust(codes: Sequence[Code], matched: Match) -> tuple[CodeTrust, ...]:
    """Return each label's account, in the order of the labels."""
    names = [f.name for f in load_bank().functions]
    found = []
    for number, code in enumerate(codes):
        shares = matched.shares[:, number]
        order = shares.argsort(descending=True).tolist()
        given = tuple(names[n] for n in order[:_SHOWN] if float(shares[n]) >= _COUNTS)
        alike = max((float(matched.alike[n, number]) for n in order[:_SHOWN]), default=0.0)
        found.append(CodeTrust(code.code, code.title, given, alike, _level(given, alike)))
    return tuple(found)


def _level(given: tuple[str, ...], alike: float) -> Level:
    if not given:
        return Level.NEVER
    if alike >= _WELL:
        return Level.WELL
    return Level.PARTLY if alike >= _PARTLY else Level.HARDLY


def trust_report(book: Codebook, codes: Sequence[CodeTrust]) -> str:
    """Return the report in Markdown."""
    rows = [
        f"| {c.code} {c.title} | {', '.join(c.functions) or '-'} | {c.alike:.2f} | {c.level} |"
        for c in codes
    ]
    return _REPORT.format(title=book.title, rows="\n".join(rows))

"""What is still to be settled about a message's code, and why what counts counts, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.domain.coding import (
    Act,
    Basis,
    CoderKind,
    Coding,
    Verified,
    latest,
    standing,
    verified,
)


def said_by(codings: Sequence[Coding]) -> dict[str, Coding]:
    """Return each person's last decision on a message that stands."""
    return latest([c for c in codings if c.kind is CoderKind.HUMAN])


def to_adjudicate(
    codings: Sequence[Coding],
    assigned: Collection[str] | None = None,
    unsure: Collection[str] = (),
) -> str | None:
    """Return why a message is to be adjudicated, as a sentence; None where it is not.

    It is where nobody has adjudicated, corrected or confirmed it, every assigned coder has coded
    it or is unsure of it, and either the rule finds no code though two people or more decided,
    or somebody is `unsure`: those whose mark stands and who gave no code after it.
    """
    settled = verified(codings, assigned)
    if settled is not None and settled.basis is not Basis.AGREED:
        return None
    said = said_by(codings)
    if set(assigned or ()) - set(said) - set(unsure):
        return None
    if not unsure and (settled is not None or len(said) < 2):
        return None
    return positions(said, unsure)


def because(codings: Sequence[Coding], assigned: Collection[str] | None = None) -> str:
    """Return the part of the rule that made the verified code, or why there is none."""
    settled = verified(codings, assigned)
    if settled is not None:
        return _basis(settled, codings)
    said = said_by(codings)
    missing = sorted(set(assigned or ()) - set(said))
    if missing:
        has = "has" if len(missing) == 1 else "have"
        return f"{names(missing)} {has} not coded it yet"
    if not said:
        return "nobody has coded it"
    shown = said if assigned is None else {c: said[c] for c in assigned}
    return positions(shown, ())


def positions(said: Mapping[str, Coding], unsure: Collection[str]) -> str:
    """Return who says what: `C1 says A, C2 says B, C3 is unsure`."""
    parts = [f"{name} says {said[name].code}" for name in sorted(said) if name not in unsure]
    return ", ".join([*parts, *(f"{name} is unsure" for name in sorted(unsure))])


def names(given: Sequence[str]) -> str:
    """Return names as a sentence has them: `C1, C2 and C3`."""
    *most, last = given
    return f"{', '.join(most)} and {last}" if most else last


def _basis(settled: Verified, codings: Sequence[Coding]) -> str:
    who = names(settled.coders)
    if settled.basis is Basis.AGREED:
        return f"agreed by {who}" if len(settled.coders) > 1 else f"coded by {who} alone"
    made = made_by(settled, codings)
    reason = f": {made.note}" if made.note else ""
    return f"{made.act} by {who}{reason}"


def made_by(settled: Verified, codings: Sequence[Coding]) -> Coding:
    """Return the decision that a review's or adjudication's code comes from."""
    adjudicated = settled.basis is Basis.ADJUDICATED
    acts = (Act.ADJUDICATED,) if adjudicated else (Act.CORRECTED, Act.CONFIRMED)
    found = [
        c
        for c in standing(codings)
        if c.kind is CoderKind.HUMAN
        and c.act in acts
        and (c.coder, c.code) == (*settled.coders, settled.code)
    ]
    return max(enumerate(found), key=lambda pair: (pair[1].at, pair[0]))[1]

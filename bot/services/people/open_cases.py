"""Which units of analysis are open cases, and to whom: nobody's blindness is broken."""

from __future__ import annotations

from bot.domain.errors import InputError
from bot.domain.settling import names, said_by, to_adjudicate
from bot.storage.contested import Contested
from bot.storage.rows import Coder


def closed_to(unit: Contested, coder: Coder | None) -> bool:
    """Tell whether a coder is to code the unit blind first."""
    return coder is not None and coder.name in unit.blind - unit.coded


def _waiting(unit: Contested) -> list[str]:
    """Return who has still to code the unit blind: nobody is to be shown its codes until then."""
    return sorted(unit.blind - unit.coded - unit.unsure)


def is_case(unit: Contested) -> bool:
    """Tell whether people are to settle the unit now."""
    return (
        not _waiting(unit) and to_adjudicate(unit.codings, unit.assigned, unit.unsure) is not None
    )


def waits_for(unit: Contested) -> frozenset[str]:
    """Return the coders whose code is still to come before people settle what others differ on.

    Empty where the unit is a case already, and where those who have coded it do not differ.
    """
    said = set(said_by(unit.codings))
    missing = frozenset(unit.assigned or ()) - said - unit.unsure
    missing |= frozenset(_waiting(unit))
    if not missing or to_adjudicate(unit.codings, said, unit.unsure) is None:
        return frozenset()
    return missing


def check_open(unit: Contested, coder: Coder | None) -> None:
    """Raise InputError where showing everybody's codes would break somebody's blindness."""
    if closed_to(unit, coder):
        raise InputError(
            "you are to code this message without seeing others' codes, and have not yet",
            "code it first with /review next, or leave it to somebody else",
        )
    if waiting := _waiting(unit):
        has = "has" if len(waiting) == 1 else "have"
        raise InputError(
            f"{names(waiting)} {has} still to code this message without seeing others' codes",
            "adjudicate it afterwards",
        )

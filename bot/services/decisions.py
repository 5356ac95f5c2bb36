"""Which of people's decisions on a message stand, when an undo is a decision, too."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, CoderKind, Coding, verified_code
from bot.domain.errors import InputError

UNDO = "undo: takes back this coder's decision before"
"""The note of a coding that takes a decision back; nothing else tells it from another one."""

_NAMED = 25  # codes that a sentence may name
_DECISIONS = (Act.CORRECTED, Act.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision that counts, and the code people had settled on before it, None without."""

    decision: Coding
    before: str | None


def check_code(code: str, codebook: Codebook) -> str:
    """Return `code` if the codebook has it; else raise InputError, which names near ones."""
    code = code.strip()
    if code in codebook.by_code:
        return code
    folded = {name.casefold(): name for name in codebook.by_code}
    close = difflib.get_close_matches(code.casefold(), folded, n=3, cutoff=0.5)
    if close:
        remedy = f"the nearest: {', '.join(repr(folded[name]) for name in close)}"
    else:
        remedy = f"it has {', '.join(list(codebook.by_code)[:_NAMED])}"
    raise InputError(f"code {code[:100]!r} is not in codebook {codebook.id!r}", remedy)


def last_standing(codings: Sequence[Coding], coder: str) -> Standing:
    """Return the decision that `coder` may take back: the last of all that stand, and their own.

    Raises InputError if they have none, or somebody else has decided since.
    """
    stands = _standing(codings)
    if all(c.coder != coder for c in stands):
        raise InputError(
            "no decision of yours on this message stands", "there is nothing to take back"
        )
    last = stands[-1]
    if last.coder != coder:
        raise InputError(
            f"{last.coder} has decided {last.code!r} on this message since you did",
            "give it a code again if you disagree",
        )
    if len(stands) > 1:
        return Standing(last, stands[-2].code)
    plain = [c for c in codings if c.kind is CoderKind.HUMAN and c.act not in _DECISIONS]
    return Standing(last, verified_code(plain))


def _standing(codings: Sequence[Coding]) -> list[Coding]:
    """Return people's decisions in order, without those taken back and what took them back."""
    stands: list[Coding] = []
    for coding in codings:
        if coding.kind is not CoderKind.HUMAN or coding.act not in _DECISIONS:
            continue
        if coding.note != UNDO:
            stands.append(coding)
            continue
        own = [n for n, earlier in enumerate(stands) if earlier.coder == coding.coder]
        if own:
            del stands[own[-1]]
    return stands

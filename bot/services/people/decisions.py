"""What people may decide on a message: a code of the codebook."""

from __future__ import annotations

import difflib

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError

_NAMED = 25  # codes that a sentence may name


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

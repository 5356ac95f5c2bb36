"""What of a code's title and definition can be compared with a speech function."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.codebook import Code

_SENTENCES = re.compile(r"(?<=[.;])\s+|;")
_CLAUSES = re.compile(r"[,:]|\bbut\b")
_NEGATION = re.compile(r"\b(?:no|not|nothing|without|never|none)\b", re.IGNORECASE)
_SHORTEST = 4  # letters of a clause: "etc" says nothing


@dataclass(frozen=True, slots=True)
class Phrases:
    """A code's title, its title and definition together, and the definition's clauses."""

    title: str
    whole: str
    clauses: tuple[str, ...]


def phrases(code: Code, codes: Collection[str]) -> Phrases:
    """Return what describes `code`; `codes` are the short names of all of the codebook.

    Sentences that name another code are left out: they tell where that one begins ("with a reason
    it is SA"). Of a clause, what it denies is left out: vectors do not hear a "not".
    """
    others = {c for c in codes if len(c) > 1} - {code.code}  # "A reason" names no code A
    clauses = [
        clause
        for sentence in _SENTENCES.split(code.definition)
        if not others & set(re.findall(r"\w+", sentence))
        for clause in (part.strip(" .;:") for part in _CLAUSES.split(sentence))
        if len(clause) >= _SHORTEST
    ]
    whole = ". ".join(filter(None, (code.title, ", ".join(clauses))))
    said = (_NEGATION.split(clause)[0].strip() for clause in clauses)
    return Phrases(code.title, whole, tuple(c for c in said if len(c) >= _SHORTEST))


def signs(code: Code, patterns: dict[str, re.Pattern[str]]) -> frozenset[str]:
    """Return which of the patterns stand in the title; else in the definition's first clause."""
    first = re.split(r"[.,;:]", code.definition, maxsplit=1)[0]
    for text in (code.title, first):
        found = frozenset(name for name, pattern in patterns.items() if pattern.search(text))
        if found:
            return found
    return frozenset()

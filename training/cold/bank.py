"""The bank of speech functions: what people do with words in group talk, and how they type it."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("functions.toml")
_VARIANTS = 4  # of an utterance with a slot: enough that no single filler colours its function
_NAMES = ("anna", "tom", "Sam", "Maria", "P2", "guys")
_THINGS = (
    "the first one",
    "option b",
    "the second",
    "number 3",
    "the blue one",
    "plan c",
    "the cheaper one",
    "the red one",
    "10",
    "the water",
    "both of these",
    "the last two",
)


@dataclass(frozen=True, slots=True)
class Function:
    """One speech function: phrases that describe it, and utterances with slots.

    `sign` is what sets it apart from its opposite (Bank.signs), or nothing.
    """

    name: str
    family: str
    sign: str
    means: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    """The functions in their order, the phrases of each family, and the words of each sign.

    Vectors take agreeing and disagreeing, asking for a reason and giving one, for nearly the same;
    a code's own words tell them apart.
    """

    functions: tuple[Function, ...]
    families: dict[str, tuple[str, ...]]
    signs: dict[str, re.Pattern[str]]
    common: frozenset[str]
    """Words that are in any scenario's text, and tell nothing of what is talked about."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance of the function with index `function`; variants of one share its weight."""

    text: str
    function: int
    weight: float


def load_bank() -> Bank:
    """Return the bank that comes with Intercoder."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    functions = tuple(
        Function(f["name"], f["family"], f.get("sign", ""), tuple(f["means"]), tuple(f["says"]))
        for f in data["functions"]
    )
    signs = {
        name: re.compile(rf"\b(?:{'|'.join(stems)})", re.IGNORECASE)
        for name, stems in data["signs"].items()
    }
    families = {name: tuple(means) for name, means in data["families"].items()}
    return Bank(functions, families, signs, frozenset(data["common"].split()))


def words(scenarios: Iterable[str], common: Collection[str]) -> tuple[str, ...]:
    """Return what is talked about in these scenarios' texts: their words but the `common` ones."""
    found = (word for text in scenarios for word in re.findall(r"[\w']+", text))
    return tuple(dict.fromkeys(word for word in found if word.lower() not in common))


def utterances(bank: Bank, things: Sequence[str], seed: int) -> tuple[Utterance, ...]:
    """Return the bank's utterances with their slots filled, the same for the same seed.

    Half of the fillers are `things` where there are two or more, half are of no subject.
    """
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    said: list[Utterance] = []
    for number, function in enumerate(bank.functions):
        for template in function.says:
            texts = _filled(template, things, chance)
            said += [Utterance(text, number, 1 / len(texts)) for text in texts]
    return tuple(said)


def _filled(template: str, things: Sequence[str], chance: random.Random) -> list[str]:
    if "{" not in template:
        return [template]
    sources = [_THINGS, things] if len(things) > 1 else [_THINGS]
    texts: list[str] = []
    for source in sources * (_VARIANTS // len(sources)):
        x, y = chance.sample(source, 2)
        name = chance.choice(_NAMES)
        texts.append(template.replace("{x}", x).replace("{y}", y).replace("{name}", name))
    return list(dict.fromkeys(texts))

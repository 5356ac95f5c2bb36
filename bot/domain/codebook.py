"""The codebook: the versioned set of codes, read from TOML or CSV, hashed over content."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.domain.codebook_csv import codes_from_csv
from bot.domain.errors import InputError
from bot.domain.reading import decode_utf8, read_utf8


@dataclass(frozen=True, slots=True)
class Code:
    """One code. An `uncoded` one marks text that carries no decision: never trained on."""

    code: str
    title: str
    definition: str = ""
    examples: tuple[str, ...] = ()
    uncoded: bool = False


@dataclass(frozen=True)
class Codebook:
    """A study's codes in the order of their coding sheet."""

    id: str
    title: str
    version: str
    codes: tuple[Code, ...]
    description: str = ""

    @cached_property
    def hash(self) -> str:
        """Sha-256 (hex) over the content: any change of any word is another codebook."""
        content = [
            [self.id, self.title, self.version, self.description],
            *[[c.code, c.title, c.definition, list(c.examples), c.uncoded] for c in self.codes],
        ]
        canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def by_code(self) -> dict[str, Code]:
        """The codes by their short name."""
        return {c.code: c for c in self.codes}

    def labels(self, present: Collection[str]) -> tuple[str, ...]:
        """Return the codes found in `present`, in codebook order: the label order of a bundle.

        Codes that never occur get no output of the model (the paper's dynamic dictionary).
        """
        return tuple(c.code for c in self.codes if c.code in present)


def load_codebook(path: Path) -> Codebook:
    """Read a codebook from a .toml file, or a .csv with code,title,definition[,examples][,uncoded].

    Raises InputError naming the file, what is wrong and the remedy.
    """
    return _from_text(read_utf8(path), path)


def codebook_from_file(name: str, data: bytes) -> Codebook:
    """Read a codebook from the bytes of a file called `name`, as `load_codebook` does."""
    return _from_text(decode_utf8(data, name), Path(name))


def _from_text(text: str, path: Path) -> Codebook:
    if path.suffix.lower() == ".csv":
        return codebook_from_csv(text, name=path.stem, source=path)
    return codebook_from_toml(text, source=path)


def codebook_from_toml(text: str, source: str | Path | None = None) -> Codebook:
    """Parse the TOML form: id, title, version, description and one [[codes]] table a code."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML ({error})", "mend that line", source=source) from None
    return codebook_from_dict(data, source)


def codebook_from_dict(data: dict[str, Any], source: str | Path | None = None) -> Codebook:
    """Build a codebook from its plain form (what TOML and a bundle's manifest hold)."""
    tables = data.get("codes", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise InputError("codes is not a list", "write one [[codes]] table a code", source=source)
    codes = [_code(table, source) for table in tables]
    _check_codes(codes, source)
    identity = _text(data, "id", source) or "codebook"
    return Codebook(
        id=identity,
        title=_text(data, "title", source) or identity,
        version=str(data.get("version", "1")),
        description=_text(data, "description", source),
        codes=tuple(codes),
    )


def codebook_from_csv(text: str, name: str, source: str | Path | None = None) -> Codebook:
    """Parse the CSV form: columns code, title and, if wanted, definition, examples, uncoded."""
    found = codes_from_csv(text, source)
    codes = [_code(table, source) for _, table in found]
    _check_codes(codes, source, [line for line, _ in found])
    return Codebook(id=name, title=name, version="1", codes=tuple(codes))


def codebook_from_codes(codes: Iterable[str], name: str) -> Codebook:
    """Return a bare codebook for data that came with none: sorted codes as their own titles."""
    found = sorted(set(codes))
    _check_codes([Code(c, c) for c in found], name)
    return Codebook(id=name, title=name, version="1", codes=tuple(Code(c, c) for c in found))


def codebook_to_dict(codebook: Codebook) -> dict[str, Any]:
    """Return the plain form that `codebook_from_dict` reads back to an equal codebook."""
    return {
        "id": codebook.id,
        "title": codebook.title,
        "version": codebook.version,
        "description": codebook.description,
        "codes": [
            {
                "code": c.code,
                "title": c.title,
                "definition": c.definition,
                "examples": list(c.examples),
                **({"uncoded": True} if c.uncoded else {}),
            }
            for c in codebook.codes
        ],
    }


def _code(table: dict[str, Any], source: str | Path | None) -> Code:
    name = _text(table, "code", source)
    return Code(
        code=name,
        title=_text(table, "title", source) or name,
        definition=_text(table, "definition", source),
        examples=_examples(table, source),
        uncoded=_uncoded(table, source),
    )


def _text(table: dict[str, Any], key: str, source: str | Path | None) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise InputError(f"{key} = {value!r} is not a text", "put it in quotes", source=source)
    return value.strip()


def _examples(table: dict[str, Any], source: str | Path | None) -> tuple[str, ...]:
    value = table.get("examples", [])
    if not isinstance(value, list) or not all(isinstance(e, str) for e in value):
        raise InputError(
            f"examples = {value!r} is not a list of texts",
            'write it as examples = ["one", "two"]',
            source=source,
        )
    return tuple(value)


def _uncoded(table: dict[str, Any], source: str | Path | None) -> bool:
    value = table.get("uncoded", False)
    if not isinstance(value, bool):
        raise InputError(
            f"uncoded = {value!r} is neither true nor false",
            "write true or false without quotes",
            source=source,
        )
    return value


def _check_codes(
    codes: Sequence[Code], source: str | Path | None, lines: Sequence[int] | None = None
) -> None:
    """Raise InputError unless each code has a name of its own; `lines` are theirs in a CSV."""
    if not codes:
        raise InputError("the codebook has no codes", "add at least two codes", source=source)
    first: dict[str, int] = {}
    for index, code in enumerate(codes):
        line = lines[index] if lines else None
        if not code.code:
            raise InputError(
                f"code number {index + 1} has no name", "name it", source=source, line=line
            )
        if code.code in first:
            before = first[code.code]
            where = (
                f"(first in line {lines[before]})"
                if lines
                else f"(as code number {before + 1} and {index + 1})"
            )
            raise InputError(
                f"code {code.code!r} stands twice {where}",
                "give each code once",
                source=source,
                line=line,
            )
        first[code.code] = index

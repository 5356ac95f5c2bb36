"""The codebook: the versioned set of codes, read from TOML or CSV, hashed over content."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.domain.errors import InputError
from bot.domain.reading import read_tables, read_utf8


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
    """Read a codebook from a .toml file, or a .csv with code,title,definition[,examples].

    Raises InputError naming the file, what is wrong and the remedy.
    """
    text = read_utf8(path)
    if path.suffix.lower() == ".csv":
        return codebook_from_csv(text, name=path.stem, source=path)
    return codebook_from_toml(text, source=path)


def find_codebook(path: Path) -> Path | None:
    """Return the codebook that lies beside the coded file `path`, or None.

    `NAME-codebook.toml`, `NAME-codebook.csv` or `codebook.toml`, in this order.
    """
    beside = (f"{path.stem}-codebook.toml", f"{path.stem}-codebook.csv", "codebook.toml")
    return next((p for p in map(path.with_name, beside) if p.is_file()), None)


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
    codes = [
        Code(
            code=_text(t, "code", source),
            title=_text(t, "title", source) or _text(t, "code", source),
            definition=_text(t, "definition", source),
            examples=_examples(t, source),
            uncoded=_uncoded(t, source),
        )
        for t in tables
    ]
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
    """Parse the CSV form: columns code, title, definition, and examples separated by |."""
    header, rows = read_tables(text, source)
    missing = {"code", "title"} - set(header)
    if missing:
        raise InputError(
            f"column {' and '.join(sorted(missing))} is missing",
            "write the header code,title,definition[,examples]",
            source=source,
            line=1,
        )
    codes = [
        Code(
            code=row["code"].strip(),
            title=row["title"].strip() or row["code"].strip(),
            definition=row.get("definition", "").strip(),
            examples=tuple(e.strip() for e in row.get("examples", "").split("|") if e.strip()),
        )
        for row in rows
    ]
    _check_codes(codes, source)
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


def _check_codes(codes: list[Code], source: str | Path | None) -> None:
    if not codes:
        raise InputError("the codebook has no codes", "add at least two codes", source=source)
    seen: set[str] = set()
    for number, code in enumerate(codes, start=1):
        if not code.code:
            raise InputError(f"code number {number} has no name", "name it", source=source)
        if code.code in seen:
            raise InputError(
                f"code {code.code!r} stands twice", "give each code once", source=source
            )
        seen.add(code.code)

"""The codes of any program: a tree of them -> a codebook, which is a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from exports.refi.code_elements import described_book, described_code, is_earlier
from exports.refi.place import guid_of, line_of, refusal


@dataclass(frozen=True, slots=True)
class _Found:
    code: Code
    path: str
    line: int | None
    codable: bool


@dataclass(frozen=True)
class CodeTree:
    """The codes by GUID, in the order of the file.

    A code is called by its name, and by its path (`Category/Name`) where another has the name.
    `folders` are those that are in no codebook unless somebody gave them: folders of codes, and
    codes that only an earlier version of a codebook of ours has.
    """

    codes: dict[str, Code]
    folders: frozenset[str]
    source: str | Path

    def codebook(
        self, description: str | None, name: str, used: Collection[str] | None = None
    ) -> Codebook:
        """Return the codes that can be given, and those in `used` anyhow, as a codebook.

        `description` is one of ours, or not; else the codebook is called `name`. Raises
        InputError if there are no codes.
        """
        given = used or ()
        kept = tuple(
            code
            for guid, code in self.codes.items()
            if guid not in self.folders or code.code in given
        )
        if not kept:
            raise InputError(
                "the codebook has no codes", "add at least two codes", source=self.source
            )
        told = described_book(description)
        if told is None:
            return Codebook(name, name, "1", kept)
        return Codebook(
            told["codebook"], told["title"], told["version"], kept, told.get("description", "")
        )


def read_codes(codebook: etree._Element, source: str | Path) -> CodeTree:
    """Read all codes below a CodeBook element, whatever their depth.

    Raises InputError with the line for a code without name or GUID, for two with the same GUID
    or path, and for a code that stands below itself.
    """
    found: dict[str, _Found] = {}
    for codes in codebook.findall("{*}Codes"):
        _walk(codes, (), "", found, source)
    names = Counter(each.code.code for each in found.values())
    named: dict[str, Code] = {}
    lines: dict[str, int | None] = {}
    for guid, each in found.items():
        code = each.code if names[each.code.code] == 1 else replace(each.code, code=each.path)
        if code.code in lines:
            raise InputError(
                f"<Code>: {code.code!r} stands twice (first in line {lines[code.code]})",
                "give one of them another name",
                source=source,
                line=each.line,
            )
        lines[code.code] = each.line
        named[guid] = code
    folders = frozenset(guid for guid, each in found.items() if not each.codable)
    return CodeTree(named, folders, source)


def _walk(
    parent: etree._Element,
    above: tuple[str, ...],
    path: str,
    found: dict[str, _Found],
    source: str | Path,
) -> None:
    for element in parent.findall("{*}Code"):
        guid = guid_of(element, source)
        name = (element.get("name") or "").strip()
        if not name:
            raise refusal(element, "it has no name", source, "name the code")
        if guid in above:
            raise refusal(
                element, f"code {name!r} stands below itself: the code tree is a circle", source
            )
        if guid in found:
            before = found[guid].line
            raise refusal(
                element, f"guid {guid} of code {name!r} is that of line {before}, too", source
            )
        place = f"{path}/{name}" if path else name
        description = element.findtext("{*}Description")
        code = described_code(name, description)
        codable = (element.get("isCodable") or "true").strip() not in ("false", "0")
        codable = codable and not is_earlier(description)
        found[guid] = _Found(code, place, line_of(element), codable)
        _walk(element, (*above, guid), place, found, source)

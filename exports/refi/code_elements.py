"""Codes as elements with their whole definition, and descriptions back to codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from lxml import etree

from bot.domain.codebook import Code, Codebook
from exports.refi.colours import UNCODED, colour
from exports.refi.fields import fields_text, parse_fields
from exports.refi.guids import Guids
from exports.refi.plain import label

_EARLIER = "earlier version"
_CODE_KEYS = ("code", "title", "definition", "example", "uncoded", _EARLIER)
_BOOK_KEYS = ("study", "codebook", "title", "version", "description")


def code_elements(
    codes: Iterable[Code], guids: Guids, earlier: Collection[str] = ()
) -> Iterator[etree._Element]:
    """Yield a Code element for each code, in order, without a namespace.

    `earlier` are those that the codebook has no longer.
    """
    for index, code in enumerate(codes):
        element = etree.Element(
            "Code",
            guid=code_guid(guids, code.code),
            name=label(code.code),
            isCodable="true",
            color=UNCODED if code.uncoded else colour(index),
        )
        description = _describe(code, earlier=code.code in earlier)
        etree.SubElement(element, "Description").text = description
        yield element


def code_guid(guids: Guids, code: str) -> str:
    """Return the GUID of a code of the study or codebook."""
    return guids.of("code", code)


def described_code(name: str, description: str | None) -> Code:
    """Return the code of an element: exactly ours, or another program's by name and comment."""
    fields = parse_fields(description, _CODE_KEYS)
    told = dict(fields or ())
    if fields is None or "title" not in told:
        return Code(name, name, (description or "").strip())
    return Code(
        code=told.get("code", name),
        title=told["title"],
        definition=told.get("definition", ""),
        examples=tuple(value for key, value in fields if key == "example"),
        uncoded=told.get("uncoded") == "yes",
    )


def is_earlier(description: str | None) -> bool:
    """Tell whether a code of ours was written for codings alone: the codebook has it no longer."""
    return dict(parse_fields(description, _CODE_KEYS) or ()).get(_EARLIER) == "yes"


def describe_book(codebook: Codebook, study: str | None = None) -> str:
    """Return the text that keeps what a CodeBook element has no place for."""
    fields = [] if study is None else [("study", study)]
    fields += [("codebook", codebook.id), ("title", codebook.title), ("version", codebook.version)]
    if codebook.description:
        fields.append(("description", codebook.description))
    return fields_text(fields)


def described_book(text: str | None) -> dict[str, str] | None:
    """Return the fields of `describe_book`, None for any other text."""
    told = dict(parse_fields(text, _BOOK_KEYS) or ())
    return told if {"codebook", "title", "version"} <= set(told) else None


def _describe(code: Code, *, earlier: bool) -> str:
    fields = [("title", code.title)]
    if label(code.code) != code.code:
        fields.insert(0, ("code", code.code))
    if code.definition:
        fields.append(("definition", code.definition))
    fields += [("example", example) for example in code.examples]
    if code.uncoded:
        fields.append(("uncoded", "yes"))
    if earlier:
        fields.append((_EARLIER, "yes"))
    return fields_text(fields)

"""XML that strangers wrote: parsed without entities, or refused in one sentence.

What is guarded against: documents that name entities or other files (OWASP, "XML External Entity
Prevention").
"""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from lxml import etree

from bot.domain.errors import InputError

_SOUND = "save it again with the program that it comes from"


def parse_xml(data: bytes, source: str | Path) -> etree._Element:
    """Return the root of an XML document, without comments and processing instructions.

    Raises InputError, with the line, for what is not well formed and for any document type
    declaration: no format that is read here has one, and entities come from nowhere else.
    """
    _refuse_declarations(data, source)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _not_xml(error.msg or "it ends early", source, error.lineno or None) from None


class _FirstElementError(Exception):
    """The prolog is over: what may hold declarations has been read."""


def _refuse_declarations(data: bytes, source: str | Path) -> None:
    """Raise InputError for a document type declaration, before anything expands its entities."""
    reader = expat.ParserCreate()

    def declared(*_: object) -> None:
        raise InputError(
            "it has a document type declaration (<!DOCTYPE ...>), which may name other files "
            "and entities",
            "remove it, or save the file again with the program that it comes from",
            source=source,
            line=reader.CurrentLineNumber,
        )

    def element(*_: object) -> None:
        raise _FirstElementError

    reader.StartDoctypeDeclHandler = declared
    reader.StartElementHandler = element
    try:
        reader.Parse(data, True)  # noqa: FBT003 - the signature's
    except _FirstElementError:
        return
    except expat.ExpatError as error:
        raise _not_xml(expat.ErrorString(error.code), source, error.lineno) from None
    except (ValueError, LookupError) as error:
        raise InputError(
            f"its encoding is not known ({error})", "save it as UTF-8", source=source, line=1
        ) from None


def _not_xml(problem: str, source: str | Path, line: int | None) -> InputError:
    return InputError(f"not well-formed XML ({problem})", _SOUND, source=source, line=line)

"""A codebook as a REFI-QDA codebook (.qdc), and back.

What the format has no place for (id, title, version and description of the whole) stands in the
description of a set that holds all codes.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.domain.reading import read_bytes
from exports.incoming.safe_xml import parse_xml
from exports.refi.code_elements import code_elements, describe_book
from exports.refi.code_tree import read_codes
from exports.refi.guids import Guids
from exports.refi.names import CODEBOOK, ORIGIN
from exports.refi.place import line_of
from exports.refi.plain import label
from exports.writing import replacing


def qdc_text(codebook: Codebook) -> str:
    """Return the XML text of the codebook."""
    guids = Guids(codebook.id)
    root = etree.Element("CodeBook", origin=ORIGIN, nsmap={None: CODEBOOK})  # type: ignore[dict-item] # the default namespace has no prefix
    codes = etree.SubElement(root, "Codes")
    codes.extend(code_elements(codebook.codes, guids))
    sets = etree.SubElement(root, "Sets")
    whole = etree.SubElement(sets, "Set", guid=guids.of("set"), name=label(codebook.title))
    etree.SubElement(whole, "Description").text = describe_book(codebook)
    for code in codes:
        etree.SubElement(whole, "MemberCode", guid=code.get("guid", ""))
    etree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + etree.tostring(root, encoding="unicode")


def write_qdc(codebook: Codebook, path: Path) -> None:
    """Write the codebook to `path`; raises WritingError."""
    with replacing(path) as file:
        file.write(qdc_text(codebook) + "\n")


def read_qdc(path: Path) -> Codebook:
    """Read a codebook that any program wrote.

    Raises InputError with file and line for what is no REFI-QDA codebook, codes that stand twice
    or below themselves, and a codebook without codes.
    """
    root = parse_xml(read_bytes(path), path)
    name = etree.QName(root)
    if name.localname != "CodeBook":
        raise InputError(
            f"a codebook begins with <CodeBook>, this file with <{name.localname}>",
            "export the codebook as REFI-QDA (.qdc)",
            source=path,
            line=line_of(root),
        )
    whole = root.findtext("{*}Sets/{*}Set/{*}Description")
    tree = read_codes(root, path)
    return tree.codebook(whole, path.stem)

"""Codebooks in every form that is read: ours (TOML, CSV), REFI-QDA's .qdc and Taguette's CSV.

Taguette's has the columns tag and description, newer ones parent and number of highlights, too
(taguette/export.py, gitlab.com/remram44/taguette). A dot in a tag's name is its hierarchy, and
stays a part of the name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.domain.codebook import Codebook, codebook_from_dict, codebook_from_file
from bot.domain.errors import InputError
from bot.domain.reading import check_characters, decode_utf8, read_bytes, read_tables

_LARGEST = 10_000_000  # bytes; a codebook of a hundred codes has fifty thousand
_TAGUETTE = {"tag", "description", "parent", "number of highlights"}


def read_codebook(path: Path) -> Codebook:
    """Read a codebook; what form it has is told by its content.

    Raises InputError naming the file, what is wrong and the remedy.
    """
    data = read_bytes(path, _LARGEST)
    return _qdc(path) if begins_xml(data) else _from_table(str(path), data)


def codebook_from_bytes(name: str, data: bytes) -> Codebook:
    """Read a codebook from the bytes of a file called `name`, as `read_codebook` does."""
    if not begins_xml(data):
        return _from_table(name, data)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, Path(name).name or "codebook.qdc")
        copy.write_bytes(data)
        try:
            return _qdc(copy)
        except InputError as error:
            raise InputError(error.problem, error.remedy, source=name, line=error.line) from None


def begins_xml(data: bytes) -> bool:
    """Return whether a file's bytes are XML, in whichever encoding that has."""
    marks = (b"\xff\xfe<\0", b"\xfe\xff\0<")
    return data.startswith(marks) or data[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _qdc(path: Path) -> Codebook:
    from exports.refi.codebook import read_qdc  # noqa: PLC0415 - lxml

    return read_qdc(path)


def _from_table(name: str, data: bytes) -> Codebook:
    if data.startswith(b"PK\x03\x04"):
        raise InputError(
            "this is an archive, not a codebook",
            "name the codebook itself: .toml, .csv or .qdc",
            source=name,
        )
    header = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
    if is_taguette(header.strip().split(",")):
        return _taguette(decode_utf8(data, name), name)
    return codebook_from_file(name, data)


def is_taguette(header: Sequence[str]) -> bool:
    """Return whether a table with this header is Taguette's codebook."""
    names = {name.strip().strip('"').casefold() for name in header}
    return "tag" in names and names <= _TAGUETTE


def _taguette(text: str, source: str) -> Codebook:
    check_characters(text, source)
    header, rows = read_tables(text, source)
    places = {name.casefold(): name for name in header}
    title = Path(source).stem
    codes = [
        {
            "code": row[places["tag"]].strip(),
            "title": row[places["tag"]].strip(),
            "definition": row.get(places.get("description", ""), "").strip(),
        }
        for _, row in rows
    ]
    return codebook_from_dict({"id": title, "title": title, "codes": codes}, source)

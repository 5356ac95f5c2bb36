"""Archives and XML that strangers wrote: opened within limits, or refused in one sentence.

What is guarded against: archives that unpack to more than memory holds (by count, size and
ratio; Fifield 2019, "A better zip bomb"), entries that would land outside their folder, and XML
that names entities or other files (OWASP, "XML External Entity Prevention").
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.parsers import expat

from lxml import etree

from bot.domain.errors import InputError
from bot.domain.reading import open_readable

MEGABYTE = 1_000_000
_PACKED = 1000 * MEGABYTE
_CHUNK = 1 << 16
_SOUND = "save it again with the program that it comes from"
_END, _END_SIZE, _LARGE_LOCATOR = b"PK\x05\x06", 22, b"PK\x06\x07"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold; sizes in bytes, unpacked.

    `ratio` (unpacked to packed) counts for entries from a megabyte: text rarely passes 20, and
    deflate cannot pass 1032.
    """

    entries: int = 65_000
    each: int = 256 * MEGABYTE
    total: int = 1000 * MEGABYTE
    ratio: int = 200


@dataclass(frozen=True, slots=True)
class SafeZip:
    """An open archive whose list of entries has been checked; folders are not listed."""

    path: Path
    _archive: zipfile.ZipFile
    _entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The entries' names as they stand in the archive, in its order."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Return an entry's bytes; InputError if it is not there or damaged."""
        entry = self._entries.get(name)
        if entry is None:
            raise InputError(f"{name!r} is missing in it", _SOUND, source=self.path)
        read = bytearray()
        try:
            with self._archive.open(entry) as unpacked:
                # By pieces: at one go, the library unpacks what the header keeps quiet about.
                while piece := unpacked.read(_CHUNK):
                    read += piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise InputError(
                f"{name!r} in it is damaged ({error})", _SOUND, source=self.path
            ) from None
        return bytes(read)


@contextmanager
def open_zip(path: Path, limits: Limits | None = None) -> Iterator[SafeZip]:
    """Open the archive `path` and check every entry's name, size and ratio; nothing is unpacked.

    Raises InputError for what is no archive, is broken or encrypted, has names that lead out of
    it or stand twice, or holds more than the `limits`.
    """
    bounds = limits or Limits()
    with open_readable(path, _PACKED) as file, _archive(file, path, bounds) as archive:
        yield SafeZip(path, archive, _checked(archive, path, bounds))


def _archive(file: BinaryIO, path: Path, limits: Limits) -> zipfile.ZipFile:
    try:
        _check_directory(file, path, limits)
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InputError(f"not a sound zip archive ({error})", _SOUND, source=path) from None


def _check_directory(file: BinaryIO, path: Path, limits: Limits) -> None:
    """Refuse a list of entries that is too long before the library reads it into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - 0xFFFF - 20))
    tail = file.read()
    file.seek(0)
    end = len(tail) - _END_SIZE
    if not (end >= 0 and tail.startswith(_END, end) and tail.endswith(b"\0\0")):
        end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_SIZE:
        raise zipfile.BadZipFile("its end is missing")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    # 46 bytes and a name each; the large form is for archives beyond 4 GB or 65,535 entries.
    if tail.startswith(_LARGE_LOCATOR, max(0, end - 20)) or directory > limits.entries * 500:
        raise _too_many(path, limits)


def _checked(archive: zipfile.ZipFile, path: Path, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise _too_many(path, limits)
    entries: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in infos:
        _check_entry(info, path, limits)
        if info.filename in entries:
            raise InputError(f"{info.filename!r} stands twice in it", _SOUND, source=path)
        total += info.file_size
        if total > limits.total:
            raise InputError(
                f"it unpacks to more than {limits.total // MEGABYTE} MB",
                "split the project into several",
                source=path,
            )
        if not info.is_dir():
            entries[info.filename] = info
    return entries


def _check_entry(info: zipfile.ZipInfo, path: Path, limits: Limits) -> None:
    name = info.filename
    if (
        name.startswith("/")
        or "\\" in name
        or ":" in name.partition("/")[0]
        or ".." in PurePosixPath(name).parts
        or stat.S_ISLNK(info.external_attr >> 16)
    ):
        raise InputError(
            f"entry {name!r} leads out of the archive",
            "do not open it: get a new copy",
            source=path,
        )
    if info.flag_bits & 0x1:
        raise InputError(f"entry {name!r} is encrypted", "save it without a password", source=path)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"entry {name!r} is packed in a way that is not known",
            "pack it as an ordinary zip (deflate)",
            source=path,
        )
    if info.file_size > limits.each:
        raise InputError(
            f"entry {name!r} unpacks to {info.file_size // MEGABYTE} MB, more than the "
            f"{limits.each // MEGABYTE} MB that one may have",
            "split it into several",
            source=path,
        )
    if info.file_size > MEGABYTE and info.file_size > limits.ratio * max(1, info.compress_size):
        raise InputError(
            f"entry {name!r} unpacks to more than {limits.ratio} times its size: a zip bomb",
            "do not open it: get a new copy",
            source=path,
        )


def _too_many(path: Path, limits: Limits) -> InputError:
    return InputError(
        f"it holds more than {limits.entries} entries",
        "split the project into several",
        source=path,
    )


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

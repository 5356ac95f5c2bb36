"""Archives that strangers packed: opened within limits, or refused in one sentence.

What is guarded against: archives that unpack to more than memory holds (by count, size and
ratio; Fifield 2019, "A better zip bomb"), and entries that would land outside their folder.
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
        """The entries' names in the archive's order, with slashes."""
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
    if tail.startswith(_LARGE_LOCATOR, max(0, end - 20)):
        raise InputError(
            "it is in the large form (zip64), for archives beyond 4 GB or 65,535 entries",
            "pack it as an ordinary zip, or split the project into several",
            source=path,
        )
    if directory > limits.entries * 500:  # 46 bytes and a name each
        raise _too_many(path, limits)


def _checked(archive: zipfile.ZipFile, path: Path, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise _too_many(path, limits)
    entries: dict[str, zipfile.ZipInfo] = {}
    total = 0
    seen: set[str] = set()
    for info in infos:
        name = info.filename.replace("\\", "/")  # as some programs on Windows divide folders
        _check_entry(name, info, path, limits)
        # Names are looked up without regard to case: two such texts would be taken for one.
        if name.casefold() in seen:
            raise InputError(f"{name!r} stands twice in it", _SOUND, source=path)
        seen.add(name.casefold())
        total += info.file_size
        if total > limits.total:
            raise InputError(
                f"it unpacks to more than {limits.total // MEGABYTE} MB",
                "split the project into several",
                source=path,
            )
        if not name.endswith("/"):
            entries[name] = info
    return entries


def _check_entry(name: str, info: zipfile.ZipInfo, path: Path, limits: Limits) -> None:
    if (
        name.startswith("/")
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

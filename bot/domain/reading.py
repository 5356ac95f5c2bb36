"""Text files and tables from outside, read whole or refused in one sentence."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.domain.errors import InputError

MOST_BYTES = 500_000_000
"""Of a file that is read whole: as CSV some 200,000 messages with the codes of three people."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OTHER_MARKS = {";": "semicolons", "\t": "tabs"}  # what spreadsheets separate cells by, too


def read_utf8(path: Path, most: int = MOST_BYTES) -> str:
    """Return the text of `path` without a byte order mark; line ends stay as they are.

    Raises InputError if it is missing, no regular file, not readable, larger than `most` bytes,
    or not UTF-8 (with the line).
    """
    return decode_utf8(read_bytes(path, most), path)


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of `path`; raises InputError as `open_readable` does."""
    with open_readable(path, most) as file, _speaking(path):
        raw = file.read(most + 1)
    if len(raw) > most:  # it grew since, or its size was not told (files of /proc have none)
        raise _too_large(path, most)
    return raw


def open_readable(path: Path, most: int = MOST_BYTES) -> BinaryIO:
    """Open a regular file of at most `most` bytes; a pipe is refused, not waited for.

    Raises InputError if it is missing, no such file, not readable, or larger.
    """
    with _speaking(path):
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise InputError("this is a folder", "name the file in it", source=path)
        if not stat.S_ISREG(found.st_mode):
            raise InputError(
                "this is a pipe or a device, not a file", "write it to a file first", source=path
            )
        if found.st_size > most:
            raise _too_large(path, most)
        return path.open("rb")


@contextmanager
def _speaking(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into an InputError."""
    try:
        yield
    except FileNotFoundError:
        raise InputError("there is no such file", "check the path", source=path) from None
    except PermissionError:
        raise InputError(
            "the file may not be read", "give yourself read permission", source=path
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"the file cannot be read ({reason})", "copy it to a local disk", source=path
        ) from None


def _too_large(path: Path, most: int) -> InputError:
    return InputError(
        f"the file is larger than {most // 1_000_000} MB",
        "split it, by threads or by sessions, and import the parts one after another",
        source=path,
    )


def decode_utf8(raw: bytes, source: str | Path) -> str:
    """Return the text of a file's bytes as `read_utf8` does; InputError if it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.object lacks the byte order mark that utf-8-sig took off; its place counts there.
        before = bytes(error.object)
        raise InputError(
            f"byte 0x{before[error.start]:02x} is not UTF-8",
            "save the file as UTF-8 (a spreadsheet calls it 'CSV UTF-8')",
            source=source,
            line=before.count(b"\n", 0, error.start) + 1,
        ) from None


def check_characters(text: str, source: str | Path | None) -> None:
    """Raise InputError, with the line, for a control character other than tab and line ends."""
    control = _CONTROL.search(text)
    if control:
        raise InputError(
            f"control character U+{ord(control.group()):04X} in the text",
            "the file was damaged on its way: export it again, or remove the character",
            source=source,
            line=text.count("\n", 0, control.start()) + 1,
        )


def check_commas(text: str, source: str | Path | None) -> None:
    """Raise InputError for a table without any cell, or whose cells no comma separates."""
    if not text.strip():
        raise InputError("the file is empty", "export it again", source=source)
    header = text.partition("\n")[0]
    for mark, name in _OTHER_MARKS.items():
        if header.count(mark) >= 2 and "," not in header:
            raise InputError(
                f"the cells are separated by {name}",
                "save the file as comma-separated values (CSV)",
                source=source,
                line=1,
            )


def read_tables(
    text: str, source: str | Path | None
) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the header of a CSV text, and its rows with the line that each begins in.

    A cell that is not there is empty. Raises InputError for what is no CSV and for rows longer
    than the header.
    """
    check_commas(text, source)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    tables: list[tuple[int, dict[str, str]]] = []
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header):
                raise InputError(
                    f"a row has more cells than the header's {len(header)}",
                    "put cells with commas in double quotes",
                    source=source,
                    line=line,
                )
            if cells:
                filled = cells + [""] * (len(header) - len(cells))
                tables.append((line, dict(zip(header, filled, strict=True))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"not readable as CSV ({error})",
            "check the quotes of the row that begins there",
            source=source,
            line=line,
        ) from None
    return header, tables

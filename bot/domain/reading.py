"""Text files and tables from outside, read whole or refused in one sentence."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from bot.domain.errors import InputError


def read_utf8(path: Path) -> str:
    """Return the text of `path` without a byte order mark; line ends stay as they are.

    Raises InputError if it is missing, a folder, not readable, or not UTF-8 (with the line).
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", "check the path", source=path) from None
    except IsADirectoryError:
        raise InputError("this is a folder", "name the file in it", source=path) from None
    except PermissionError:
        raise InputError(
            "the file may not be read", "give yourself read permission", source=path
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror or error})",
            "copy it to a local disk",
            source=path,
        ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.object lacks the byte order mark that utf-8-sig took off; its place counts there.
        before = bytes(error.object)
        raise InputError(
            f"byte 0x{before[error.start]:02x} is not UTF-8",
            "save the file as UTF-8 (a spreadsheet calls it 'CSV UTF-8')",
            source=path,
            line=before.count(b"\n", 0, error.start) + 1,
        ) from None


def read_tables(text: str, source: str | Path | None) -> tuple[list[str], list[dict[str, str]]]:
    """Return the header and the rows of a CSV text; a cell that is not there is empty.

    Raises InputError for what is no CSV and for rows longer than the header.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
    tables: list[dict[str, str]] = []
    try:
        header = list(reader.fieldnames or [])
        for row in reader:
            if None in row:  # where DictReader puts the cells that no column is for
                raise InputError(
                    f"a row has more cells than the header's {len(header)}",
                    "put cells with commas in double quotes",
                    source=source,
                    line=reader.reader.line_num,
                )
            tables.append(row)
    except csv.Error as error:
        raise InputError(
            f"not readable as CSV ({error})",
            "check the quotes around this line",
            source=source,
            line=reader.reader.line_num,
        ) from None
    return header, tables

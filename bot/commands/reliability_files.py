"""Where figures of reliability are written, checked before the work and filled after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.commands.json_file import check_writable
from bot.commands.picture_file import check_picture, spare
from bot.domain.errors import InputError
from bot.services.reliability import StudyReliability
from exports.reliability.plain import KEYS, write_plain
from exports.reliability.table import is_table, write_table


@dataclass(frozen=True, slots=True)
class Places:
    """The files that were asked for; None: not asked for."""

    json: Path | None
    csv: Path | None
    png: Path | None

    def check(self, file: Path | None) -> None:
        """Raise InputError now, not after the work, for a place that holds something else.

        `file` is the one that is read, if one is.
        """
        for out in filter(None, (self.json, self.csv, self.png)):
            if file is not None and out.exists() and file.exists() and out.samefile(file):
                raise InputError("this is the file that is read", "write elsewhere", source=out)
        if self.json is not None:
            check_writable(self.json, KEYS)
        if self.csv is not None:
            spare(self.csv, is_table)
        if self.png is not None:
            check_picture(self.png)

    def write(self, found: StudyReliability) -> Iterator[str]:
        """Write what was asked for; yield a sentence each. Raises WritingError."""
        if self.json is not None:
            write_plain(found, self.json)
            yield f"{self.json}: all figures."
        if self.csv is not None:
            yield f"{self.csv}: {write_table(found, self.csv)} figures, one a row."
        if self.png is not None:
            from exports.reliability.picture import draw  # noqa: PLC0415 - matplotlib

            draw(found, self.png)
            yield f"{self.png}: the picture."

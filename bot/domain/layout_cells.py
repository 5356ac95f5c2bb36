"""Cells of the import layout -> values; what cannot be read is refused with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.coding import Act, CoderKind
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError


class Cells:
    """The cells of one row by column; every method raises InputError for what it cannot read."""

    def __init__(self, cells: Mapping[str, str], source: str | Path, line: int) -> None:
        self.line = line
        self._cells = cells
        self._source = source

    def __contains__(self, name: str) -> bool:
        return name in self._cells

    def raw(self, name: str) -> str:
        """Return the cell as it stands."""
        return self._cells[name]

    def text(self, name: str) -> str:
        """Return the cell without spaces around it; an absent column is empty."""
        return self._cells.get(name, "").strip()

    def filled(self, name: str) -> str:
        """Return the text of a cell that must not be empty."""
        text = self.text(name)
        if not text:
            raise self.refusal(f"{name} is empty", "fill it in")
        return text

    def count(self, name: str) -> int:
        """Return a whole number from 1; an absent column is 1."""
        number = self.text(name) if name in self else "1"
        # Ten digits and more are no count of messages, and neither int() nor a database takes all.
        if not (number.isascii() and number.isdigit() and len(number) < 10) or int(number) < 1:
            raise self.refusal(
                f"{name} {number[:40]!r} is not a whole number from 1 to 999999999",
                "count the messages of each scenario from 1",
            )
        return int(number)

    def time(self, name: str) -> datetime | None:
        """Return a time in UTC, or None for an empty cell."""
        cell = self.text(name)
        if not cell:
            return None
        try:
            moment = datetime.fromisoformat(cell)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.refusal(
                f"{name} {cell!r} is not a time",
                "write it as 2024-05-31 14:02:07+00:00, or leave it empty",
            ) from None

    def provenance(self, name: str) -> Provenance | None:
        """Return how a message reached us, or None for an empty cell."""
        cell = self.text(name)
        if not cell:
            return None
        try:
            return Provenance(cell.lower())
        except ValueError:
            known = ", ".join(Provenance)
            raise self.refusal(
                f"{name} {cell!r} is not known", f"write one of {known}, or leave it empty"
            ) from None

    def kind(self, name: str) -> CoderKind | None:
        """Return whether a person or a model coded, or None for an empty cell."""
        cell = self.text(name)
        if not cell:
            return None
        try:
            return CoderKind(cell.lower())
        except ValueError:
            known = " or ".join(CoderKind)
            raise self.refusal(f"{name} {cell!r} is not known", f"write {known}") from None

    def act(self, name: str) -> Act:
        """Return in which role a coder decided; an empty cell or an absent column is a code."""
        cell = self.text(name)
        if not cell:
            return Act.CODED
        try:
            return Act(cell.lower())
        except ValueError:
            known = ", ".join(Act)
            raise self.refusal(
                f"{name} {cell[:40]!r} is not known", f"write one of {known}, or leave it empty"
            ) from None

    def yes(self, name: str) -> bool:
        """Return whether the cell says true; an empty one does not. Excel writes TRUE."""
        cell = self.text(name)
        if cell.lower() not in ("", "true", "false"):
            raise self.refusal(f"{name} {cell!r} is not known", "write true or false")
        return cell.lower() == "true"

    def refusal(self, problem: str, remedy: str) -> InputError:
        """Return the error that names this row."""
        return InputError(problem, remedy, source=self._source, line=self.line)

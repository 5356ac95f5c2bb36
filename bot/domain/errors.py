"""The errors a person can cause and mend; every one reads as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class IntercoderError(Exception):
    """Base of everything that is shown to a person as one sentence (exit code 2)."""


class InputError(IntercoderError):
    """A file or value from outside is not usable.

    The text names the place (file and line where there is one), what is wrong with which
    value, and what to do.
    """

    def __init__(
        self,
        problem: str,
        remedy: str,
        *,
        source: str | Path | None = None,
        line: int | None = None,
    ) -> None:
        self.problem = problem
        self.remedy = remedy
        self.source = None if source is None else str(source)
        self.line = line
        where = ""
        if self.source is not None:
            where = f"{self.source}:{line}: " if line is not None else f"{self.source}: "
        elif line is not None:
            where = f"line {line}: "
        super().__init__(f"{where}{problem}; {remedy}.")


@contextmanager
def about(path: Path, line: int | None = None) -> Iterator[None]:
    """Name the file, and the line, in an InputError of the block that names none."""
    try:
        yield
    except InputError as error:
        if error.source is not None:
            raise
        where = error.line if error.line is not None else line
        raise InputError(error.problem, error.remedy, source=path, line=where) from None

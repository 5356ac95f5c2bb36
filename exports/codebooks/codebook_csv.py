"""The codebook as a CSV table that `load_codebook` reads back to the same codes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from exports.writing import replacing

_COLUMNS = ("code", "title", "definition", "examples", "uncoded")


def codebook_csv_text(codebook: Codebook) -> str:
    """Return the CSV text: one row a code, its examples separated by |.

    Nothing is neutralised: codes must come back as they are. Raises InputError for an example
    with a | in it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_row(code) for code in codebook.codes)
    return text.getvalue()


def write_codebook_csv(codebook: Codebook, path: Path) -> None:
    """Write the codebook's codes to `path`; raises InputError and WritingError."""
    text = codebook_csv_text(codebook)
    with replacing(path) as file:
        file.write(text)


def _row(code: Code) -> tuple[str, ...]:
    if any("|" in example for example in code.examples):
        raise InputError(
            f"an example of code {code.code!r} has a | in it, which separates examples in CSV",
            "write the codebook as .toml or .qdc",
        )
    uncoded = "true" if code.uncoded else ""
    return (code.code, code.title, code.definition, "|".join(code.examples), uncoded)

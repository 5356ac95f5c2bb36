"""The forms of a codebook as a file: TOML, CSV, and REFI-QDA's .qdc."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from exports.codebooks.codebook_csv import codebook_csv_text, write_codebook_csv
from exports.codebooks.codebook_toml import codebook_text, write_codebook


@dataclass(frozen=True, slots=True)
class CodebookForm:
    """What writes a form, and what tells whether a file holds a codebook in it already."""

    write: Callable[[Codebook, Path], None]
    is_same: Callable[[Codebook, Path], bool]


def codebook_form(path: Path) -> CodebookForm:
    """Return the form that the end of a file's name tells; raises InputError for another."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"{path.name!r} does not tell the form of the codebook",
            f"let its name end with {', '.join(_FORMS)}",
            source=path,
        )
    return form


def _same_text(text: Callable[[Codebook], str]) -> Callable[[Codebook, Path], bool]:
    return lambda codebook, path: path.read_bytes() == text(codebook).encode()


def _write_qdc(codebook: Codebook, path: Path) -> None:
    from exports.refi.codebook import write_qdc  # noqa: PLC0415 - lxml

    write_qdc(codebook, path)


def _is_our_qdc(codebook: Codebook, path: Path) -> bool:  # noqa: ARG001 - every form takes both
    from exports.refi.ours import is_our_codebook  # noqa: PLC0415

    return is_our_codebook(path)


_FORMS = {
    ".toml": CodebookForm(write_codebook, _same_text(codebook_text)),
    ".csv": CodebookForm(write_codebook_csv, _same_text(codebook_csv_text)),
    ".qdc": CodebookForm(_write_qdc, _is_our_qdc),
}

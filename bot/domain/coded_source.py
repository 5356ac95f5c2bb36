"""Which codebook a coded file goes with: one choice, for training and for coding alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.codebook import Codebook, codebook_from_codes
from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN, Door
from bot.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class ChosenCodebook:
    """A codebook, and where it comes from, for people."""

    codebook: Codebook
    origin: str


def choose_codebook(
    path: Path,
    transcript: Transcript,
    given: Path | None = None,
    *,
    known: ChosenCodebook | None = None,
    own: ChosenCodebook | None = None,
    spare: ChosenCodebook | None = None,
    study: str = "",
    door: Door = PLAIN,
) -> ChosenCodebook:
    """Return the codebook of the coded file `path`.

    The one `given`; else the `known` one of its study; else the file's `own`, that it holds
    itself; else the one beside the file; else a `spare` one; else the codes in the file as their
    own titles, called as the `study` (else as the dataset, else as the file). Raises InputError.
    """
    if given is not None:
        return ChosenCodebook(door.codebook(given), str(given))
    if known is not None:
        return known
    if own is not None:
        return own
    beside = find_codebook(path)
    if beside is not None:
        return ChosenCodebook(door.codebook(beside), str(beside))
    if spare is not None:
        return spare
    codes = _codes(transcript)
    if not codes:
        raise InputError(
            "no message has a code and there is no codebook", "name one: --codebook", source=path
        )
    name = study or transcript.dataset or path.stem
    book = codebook_from_codes(codes, name)
    listed = ", ".join(code.code for code in book.codes)
    return ChosenCodebook(book, f"the codes in the file ({listed})")


def find_codebook(path: Path) -> Path | None:
    """Return the codebook that lies beside the coded file `path`, or None.

    `NAME-codebook.toml`, `NAME-codebook.csv` or `codebook.toml`, in this order.
    """
    beside = (f"{path.stem}-codebook.toml", f"{path.stem}-codebook.csv", "codebook.toml")
    return next((p for p in map(path.with_name, beside) if p.is_file()), None)


def check_codes(path: Path, transcript: Transcript, codebook: Codebook, door: Door = PLAIN) -> None:
    """Raise InputError, with the line, if `path` holds a code that is not in `codebook`."""
    if not _codes(transcript) <= set(codebook.by_code):
        door.incoming(path, codebook)  # read again: it knows each coder's line


def _codes(transcript: Transcript) -> set[str]:
    return {code for by in transcript.codes.values() for code in by.values() if code}

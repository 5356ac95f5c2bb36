"""Reading files that come in: what one holds, and the door that it comes through.

The plain door knows our own formats; `exports.incoming.files` has one that knows other
programs' files, too. Training takes whichever door it is handed: it does not import exports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.domain.codebook import Codebook, load_codebook
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript

LAYOUT = "the import layout (CSV)"
"""The form of files with the columns of `bot.domain.layout`."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A transcript, the codebook that came in the same file (if one did), and the file's form.

    `form` is the form's name as people know it ("DiscordChatExporter JSON").
    """

    transcript: Transcript
    codebook: Codebook | None
    form: str


@dataclass(frozen=True, slots=True)
class Door:
    """How files are read: coded talk (with a codebook: every code must stand in it), codebooks.

    Both raise InputError, with the place in the file, for what cannot be read.
    """

    incoming: Callable[[Path, Codebook | None], Incoming]
    codebook: Callable[[Path], Codebook]


def read_layout(path: Path, codebook: Codebook | None = None) -> Incoming:
    """Read a file in the import layout."""
    return Incoming(load_transcript(path, codebook), None, LAYOUT)


PLAIN = Door(read_layout, load_codebook)
"""Reads the import layout, and codebooks as TOML or CSV."""

"""The codebook as a TOML file that people read and `load_codebook` reads back equal."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from bot.domain.codebook import Codebook, codebook_to_dict
from exports.writing import replacing


def codebook_text(codebook: Codebook) -> str:
    """Return the TOML text: one [[codes]] table a code, its examples one a line."""
    return tomli_w.dumps(codebook_to_dict(codebook), indent=2)


def write_codebook(codebook: Codebook, path: Path) -> None:
    """Write the codebook to `path`; raises WritingError."""
    with replacing(path) as file:
        file.write(codebook_text(codebook))

"""The sample study in two files: the groups that teach, and those that the coder never sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import training
from bot.domain.codebook import Codebook, load_codebook
from bot.domain.layout import load_transcript
from bot.domain.targets import check_folder
from bot.domain.transcript import Transcript
from exports.codebooks.codebook_toml import write_codebook
from exports.import_layout import write_layout
from exports.writing import WritingError

_STUDY = Path(training.__file__).with_name("sample_study")


@dataclass(frozen=True)
class Sample:
    """The two parts as written, and the codebook of both."""

    training: Path
    unseen: Path
    codebook_file: Path
    codebook: Codebook
    transcript: Transcript
    """The unseen part."""


def write_sample(folder: Path, held_out: int, groups: int | None = None) -> Sample:
    """Write the sample study to `folder`, its last `held_out` groups apart from the others.

    `groups` takes that many of the first groups for training instead of all. Raises
    WritingError.
    """
    codebook = load_codebook(_STUDY / "codebook.toml")
    whole = load_transcript(_STUDY / "discussions.csv", codebook)
    known, unseen = whole.threads[:-held_out][:groups], whole.threads[-held_out:]
    make_folder(folder)
    sample = Sample(
        folder / "training.csv",
        folder / "unseen.csv",
        folder / "codebook.toml",
        codebook,
        whole.only(unseen),
    )
    write_layout(whole.only(known), sample.training)
    write_layout(sample.transcript, sample.unseen)
    write_codebook(codebook, sample.codebook_file)
    return sample


def make_folder(folder: Path, option: str = "--folder") -> None:
    """Make a folder that `option` names, with those above; raises InputError and WritingError."""
    check_folder(folder, remedy=f"choose another place with {option}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WritingError(
            f"{folder}: the folder cannot be made ({error.strerror}); make room, or choose another "
            f"place with {option}."
        ) from None

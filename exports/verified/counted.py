"""What a verified export holds, in numbers and in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.discussion import Provenance
from bot.domain.origin import RecordBasis
from bot.storage.transcript import Reach
from exports.verified.teaching import Teaching


@dataclass(frozen=True, slots=True)
class StudyCount:
    """One study's share: messages, and those with a deciding code by basis and by provenance.

    `by_provenance` counts verified codes alone, without those on which people differ. `reach` tells
    up to which rows of the log it was read.
    """

    study: str
    messages: int
    by_basis: Mapping[str, int]
    by_provenance: Mapping[str, int]
    edited: int = 0
    retired: int = 0
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A written file, with the codebook that was written beside it."""

    path: Path
    sha256: str
    codebook_file: Path
    studies: tuple[StudyCount, ...]

    @property
    def messages(self) -> int:
        """All messages, context included."""
        return sum(study.messages for study in self.studies)

    @property
    def verified(self) -> int:
        """The messages with a deciding code that people settled on."""
        return sum(sum(study.by_provenance.values()) for study in self.studies)

    @property
    def contested(self) -> int:
        """The messages on which people differ, and which nobody has settled."""
        return sum(study.by_basis.get(RecordBasis.DISAGREED, 0) for study in self.studies)

    @property
    def discord(self) -> int:
        """The verified codes of messages that came through Discord."""
        return sum(study.by_provenance.get(Provenance.DISCORD, 0) for study in self.studies)

    def sentences(self) -> list[str]:
        """Return what was written, for people: a line each study, then what is to be known."""
        lines = [_told(study) for study in self.studies]
        edited = sum(study.edited for study in self.studies)
        if edited:
            were = "was" if edited == 1 else "were"
            lines.append(
                f"{edited} of these {were} edited after people had coded it: the present words "
                "stand there."
            )
        retired = sum(study.retired for study in self.studies)
        if retired:
            lines.append(
                f"{many(retired, 'message')} left as context: the codebook no longer has the code."
            )
        return lines


class Counting:
    """Counts the messages of one study as they are written.

    A code that stands for none (`uncoded`) is written and not counted: it teaches nothing.
    """

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self._messages = self._edited = self._retired = 0
        self._basis: Counter[str] = Counter()
        self._provenance: Counter[str] = Counter()

    def add(self, told: Teaching) -> None:
        """Count one message."""
        self._messages += 1
        self._retired += told.retired
        codes = {code for _, code in told.codes}
        if told.basis is None or all(self._codebook.by_code[code].uncoded for code in codes):
            return
        self._edited += told.edited
        self._basis[str(told.basis)] += 1
        if told.basis is not RecordBasis.DISAGREED:
            self._provenance[str(told.message.provenance)] += 1

    def done(self, study: str, reach: Reach) -> StudyCount:
        """Return the count."""
        return StudyCount(
            study,
            self._messages,
            dict(sorted(self._basis.items())),
            dict(sorted(self._provenance.items())),
            self._edited,
            self._retired,
            reach,
        )


def _told(study: StudyCount) -> str:
    verified = sum(study.by_provenance.values())
    kinds = [
        f"{study.by_basis[basis]} {basis}"
        for basis in RecordBasis
        if basis is not RecordBasis.DISAGREED and basis in study.by_basis
    ]
    of_which = f" ({', '.join(kinds)})" if kinds else ""
    line = (
        f"study {study.study!r}: {many(study.messages, 'message')}, "
        f"{many(verified, 'verified code')}{of_which}"
    )
    contested = study.by_basis.get(RecordBasis.DISAGREED, 0)
    return f"{line}; on {contested} people differ." if contested else f"{line}."

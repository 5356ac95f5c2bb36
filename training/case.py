"""What a retraining has to work with: a study's verified records, and the coder to beat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.discussion import Provenance
from bot.domain.errors import InputError
from bot.encoding.scenarios import check_scenarios
from bot.inference.bundle import Bundle
from training.arrange import Record, arrange
from training.data import Source, load_source
from training.met import met


@dataclass(frozen=True)
class Case:
    """The usable records, also those that came through Discord: judging is no training.

    `codebook` is the file with the study's codebook. `champion` is None where none serves, or the
    one that does cannot code this; `why` tells that.
    """

    source: Source
    codebook: Path
    records: tuple[Record, ...]
    contested: tuple[Record, ...]
    champion: Bundle | None
    why: str | None

    @property
    def groups(self) -> set[str]:
        """The groups (thread ids) that hold people's codes, also those that people differ on.

        Votes teach as soft labels: a group that holds nothing else yet is to be decided, too,
        before it does.
        """
        return {r.group for r in (*self.records, *self.contested)}

    def taught(self) -> set[str]:
        """Return the groups that the champion learned from or chose its epoch by."""
        ids = self.met_by(self.champion)
        return {r.group for r in (*self.records, *self.contested) if r.message.id in ids}

    def met_by(self, bundle: Bundle | None) -> set[str]:
        """Return the ids of the records that `bundle` has met; raises BundleError."""
        if bundle is None:
            return set()
        dataset, sha256 = self.source.transcript.dataset, self.source.sha256
        return met(bundle, (*self.records, *self.contested), dataset=dataset, sha256=sha256)

    def through_discord(self) -> set[str]:
        """Return the ids of the records that came through Discord."""
        return {r.message.id for r in self.records if r.message.provenance is Provenance.DISCORD}


def open_case(records: Path, codebook: Path, champion: Bundle | None) -> Case:
    """Read a study's verified records and its codebook; raises InputError if none is usable."""
    source = load_source(records, codebook)
    arrangement = arrange(source.transcript, source.codebook, with_discord=True)
    arrangement.check_usable(records)
    why = "no coder serves the study yet" if champion is None else _cannot(champion, source)
    return Case(
        source,
        codebook,
        arrangement.records,
        arrangement.contested,
        None if why else champion,
        why,
    )


def _cannot(champion: Bundle, source: Source) -> str | None:
    """Return why the champion cannot code the study as it is now; None: it can."""
    foreign = [c for c in champion.manifest.labels if c not in source.codebook.by_code]
    if foreign:
        listed = ", ".join(foreign)
        return f"the coder that serves gives codes that the codebook does not have ({listed})"
    try:
        check_scenarios(source.path, source.transcript, champion.encoder())
    except InputError as error:
        return f"the coder that serves cannot read every scenario ({error.problem})"
    return None

"""A coded file -> examples for the loop."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.coded_source import ChosenCodebook, check_codes, choose_codebook
from bot.domain.counting import many
from bot.domain.incoming import PLAIN, Door
from bot.domain.transcript import Transcript
from bot.domain.window import windows
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.spec import Architecture
from training.arrange import Record, check_coded
from training.example import Example
from training.oversample import oversample
from training.presets import Settings


@dataclass(frozen=True)
class Source:
    """A coded transcript with its codebook and what identifies the file.

    `record_key` is known to who has the file alone: under it records are hashed that bring no hash.
    """

    path: Path
    sha256: str
    transcript: Transcript
    codebook: Codebook
    codebook_from: str
    record_key: bytes = b""

    @property
    def gold(self) -> frozenset[str]:
        """The groups (thread ids) that judge and must not teach: a verified export marks them."""
        transcript = self.transcript
        marked = {message for message, origin in transcript.origins.items() if origin.gold}
        return frozenset(m.thread_id for m in transcript.messages if m.id in marked)


def load_source(path: Path, codebook: Path | None = None, door: Door = PLAIN) -> Source:
    """Read a coded file and its codebook (`choose_codebook` tells which) through a door.

    Raises InputError.
    """
    incoming = door.incoming(path, None)
    transcript = incoming.transcript
    check_coded(transcript, path)
    own = None
    if incoming.codebook is not None:
        own = ChosenCodebook(incoming.codebook, "the file itself")
    chosen = choose_codebook(path, transcript, codebook, own=own, door=door)
    check_codes(path, transcript, chosen.codebook, door)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    # Another hash of the same bytes: the first one stands in every bundle, for all to read.
    key = hashlib.sha256(b"record key\n" + data).digest()
    return Source(path, sha256, transcript, chosen.codebook, chosen.origin, key)


def set_aside(gold: Collection[str]) -> Iterator[str]:
    """Yield what is to be said of the groups that a file marks as gold; nothing without any."""
    if gold:
        aside = f"{many(len(gold), 'gold group')} set aside: they judge, and do not teach"
        yield f"{aside}; the others are split by group"


def encode_all(records: Sequence[Record], encoder: Encoder) -> dict[str, EncoderInput]:
    """Return the engine input of every record, by message id.

    Raises InputError for a scenario longer than the encoder reads.
    """
    wanted = {r.message.id for r in records}
    discussions = {r.message.discussion_key: r.discussion for r in records}
    return {
        w.target.id: encoder.encode(w)
        for discussion in discussions.values()
        for w in windows(discussion, encoder.spec.window)
        if w.target.id in wanted
    }


def training_units(
    records: Sequence[Record],
    inputs: dict[str, EncoderInput],
    labels: Sequence[str],
    settings: Settings,
    uncoded: Sequence[Record] = (),
) -> list[list[Example]]:
    """Return the oversampled training split in units of a step.

    `thread` keeps a discussion's records together, since they share their messages, and
    weighs a record by how often it is drawn; `pair` repeats it. `uncoded` are messages whose
    code and target teachers gave: they are drawn once, and the codes are not counted by them.
    """
    times = oversample(
        [r.code for r in records], settings.oversample_min, settings.oversample_total, settings.seed
    )
    records, times = [*records, *uncoded], [*times, *(1 for _ in uncoded)]
    index = {label: i for i, label in enumerate(labels)}
    if settings.architecture is Architecture.PAIR:
        return [
            [Example(inputs[r.message.id], index[r.code], 1, _target(r, labels))]
            for r, n in zip(records, times, strict=True)
            for _ in range(n)
        ]
    units: dict[tuple[str, str, int], list[Example]] = {}
    for record, n in zip(records, times, strict=True):
        target = _target(record, labels)
        example = Example(inputs[record.message.id], index[record.code], n, target)
        units.setdefault(record.message.discussion_key, []).append(example)
    return list(units.values())


def _target(record: Record, labels: Sequence[str]) -> tuple[float, ...] | None:
    if record.target is None:
        return None
    return tuple(record.likely.get(label, 0.0) for label in labels)


def examples(
    records: Sequence[Record], inputs: dict[str, EncoderInput], labels: Sequence[str]
) -> list[Example]:
    """Return records of a held-out split once each; one whose code is no label is left out."""
    index = {label: i for i, label in enumerate(labels)}
    return [Example(inputs[r.message.id], index[r.code]) for r in records if r.code in index]

"""Which records taught a bundle, chose its epoch and judged it: names and hashes, never words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from bot.domain.origin import Origin, record_hash
from bot.inference.lineage import BundleRecord, counts
from training.arrange import Record
from training.data import Source
from training.material import Parts
from training.split import Split


def bundle_records(parts: Split, source: Source) -> Iterator[BundleRecord]:
    """Yield what is to be told of every record of a run, part by part.

    A verified export brings each record's hash, made under its study's key in the database; others
    are hashed under a key that is made from the file's bytes (Source.record_key). Messages without
    a code that teach all the same (teachers guess one) are told as `unlabelled`.
    """
    for part, records in (*parts.parts().items(), ("unlabelled", parts.uncoded)):
        for record in records:
            yield _told(record, part, source)


def told_lineage(parts: Parts, records: Collection[BundleRecord]) -> dict[str, Any]:
    """Return what a bundle's manifest tells of its records, as plain values; no names of people.

    `parts` counts the records of each part by study, basis and provenance; `coders` those who
    coded them, `soft` the ones on which these differ, `left_out_discord` the coded
    messages that Discord's permission would have brought. `hashes` tells whose key they are under:
    that of the "study", in the database, or that of the "file".
    """
    held = [r for own in parts.split.parts().values() for r in own]
    by_study = all(r.origin is not None and r.origin.record_hash is not None for r in held)
    return {
        "parts": counts(records),
        "hashes": "study" if by_study else "file",
        "coders": len({who for r in held for who, _ in r.votes}),
        "soft": len(parts.softened.records),
        "left_out_discord": parts.arrangement.left_out_discord,
    }


def _told(record: Record, part: str, source: Source) -> BundleRecord:
    message = record.message
    origin = record.origin or Origin(source.transcript.dataset, message.thread_id, message.id)
    codes = {code for _, code in record.votes} or {record.code}
    return BundleRecord(
        part,
        origin.study,
        origin.thread_id,
        origin.message_id,
        str(record.basis) if record.code else "",
        str(message.provenance),
        origin.record_hash or record_hash(source.record_key, message, codes),
    )

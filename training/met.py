"""Which records a bundle has met in training, told by names and by traces of the talk."""

from __future__ import annotations

from collections.abc import Collection

from bot.inference.bundle import Bundle
from training.arrange import Record
from training.seen import SPLIT_FILE, Seen


def met(bundle: Bundle, records: Collection[Record], *, dataset: str, sha256: str = "") -> set[str]:
    """Return the ids of the messages that taught `bundle` or chose its epoch.

    `dataset` and `sha256` are those of the records' file. Names count within one dataset, or the
    very file that taught: another study may well use the same ones, and a nameless one says
    nothing by its name. In the very file nothing else need be asked. Raises BundleError.
    """
    training = bundle.manifest.training
    seen = seen_of(bundle)
    found: set[str] = set()
    same_file = bool(sha256) and sha256 == training.get("data_sha256")
    if same_file or (dataset and dataset == training.get("dataset")):
        found |= seen.by_name(records)
    if not same_file:
        found |= seen.by_trace(records)
    return found


def seen_of(bundle: Bundle) -> Seen:
    """Return what `bundle` tells of the talk that taught it; raises BundleError."""
    return Seen(bundle.file(SPLIT_FILE).read_text(encoding="utf-8"))

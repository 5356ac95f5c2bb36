"""What a message reached: the bundles that it taught or judged, and the files that it left in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from bot.commands.databases import open_existing, pick_study
from bot.domain.origin import record_hash
from bot.inference.lineage import PARTS, BundleRecord, read_records
from bot.inference.manifest import Manifest
from bot.inference.shelf import bundles_in
from bot.services.people.finding import messages_at, place_named
from bot.storage.lineage import RegisteredBundle
from bot.storage.retrainings import State
from bot.storage.rows import StoredMessage, Study
from bot.storage.store import Store
from exports.verified.teaching import teachings


@dataclass(frozen=True, slots=True)
class _Sought:
    """A message as its study has it; `hash` is what its record would be hashed to now."""

    study: str
    message_id: str
    thread_id: str | None = None
    hash: str | None = None


async def message_lineage(
    url: str, study_name: str | None, message: str, folders: Sequence[Path]
) -> list[str]:
    """Return what there is to be told of a message, a line each; of several threads' in turn.

    One that is not stored any more is looked for by what names it alone. Raises InputError for a
    study that is not there, StorageError, BundleError for a damaged list of records.
    """
    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
        thread_id, message_id = place_named(message)
        known = await store.lineages.bundles()
        # A challenger that was not taken has learned from the message as well, while it is there.
        rows = await store.retrainings.of_study(study.id)
        kept = [r.folder for r in rows if r.state is State.KEPT and r.folder is not None]
        places = _places((*folders, *kept), known)
        lines: list[str] = []
        for stored in await messages_at(store, study, thread_id, message_id):
            sought = await _sought(store, study, stored)
            where = f"thread {sought.thread_id!r}, study {study.name!r}"
            lines.append(f"Message {sought.message_id!r}, {where}.")
            lines += await _bundles(store, sought, places)
            lines += await _exports(store, stored)
        if not lines:
            lines.append(f"Message {message_id!r} is not stored in study {study.name!r}.")
            sought = _Sought(study.name, message_id, thread_id)
            lines += await _bundles(store, sought, places)
            lines += await _exports(store, None)
        lines += _unread(known, places)
    return lines


async def _bundles(store: Store, sought: _Sought, places: Mapping[str, _Readable]) -> list[str]:
    lines: list[str] = []
    for place in places.values():
        records = [r for r in read_records(place.path) or () if _is(sought, r)]
        if not records:
            continue
        lines += _told(place.manifest, records, sought)
        for tried in await store.lineages.retrainings(place.manifest.fingerprint):
            begun = f"{tried.started_at:%F %T} UTC"
            lines.append(f"  It came of retraining {tried.id} ({begun}), {tried.state}.")
    if not lines:
        lines.append(f"It is in no list of records ({len(places)} bundles were looked through).")
    return lines


async def _sought(store: Store, study: Study, stored: StoredMessage) -> _Sought:
    own = stored.message
    session = next(s for s in await store.sessions.all(study.id) if s.id == stored.session_id)
    key = await store.exports.known_key(study.id)
    if key is None:  # then no record was ever hashed under it
        return _Sought(study.name, own.id, own.thread_id)
    stream = store.transcripts.stream(study.id, session.name)
    async with aclosing(stream) as discussions:
        async for coded in discussions:
            if coded.discussion.key != own.discussion_key:
                continue
            for told in teachings(coded, study.codebook):
                if told.message.id == own.id and told.basis is not None:
                    hashed = record_hash(key, told.message, {code for _, code in told.codes})
                    return _Sought(study.name, own.id, own.thread_id, hashed)
    return _Sought(study.name, own.id, own.thread_id)


@dataclass(frozen=True, slots=True)
class _Readable:
    path: Path
    manifest: Manifest


def _places(folders: Sequence[Path], known: Sequence[RegisteredBundle]) -> dict[str, _Readable]:
    """Return the bundles in the folders, and where others lie that served, by fingerprint."""
    found: dict[str, _Readable] = {}
    parents = [*folders, *(b.folder.parent for b in known if b.folder is not None)]
    for folder in dict.fromkeys(parents):
        for shelved in bundles_in(folder):
            if shelved.manifest is not None:
                readable = _Readable(shelved.path, shelved.manifest)
                found.setdefault(readable.manifest.fingerprint, readable)
    return found


def _is(sought: _Sought, record: BundleRecord) -> bool:
    if record.message_id != sought.message_id:
        return False
    return sought.thread_id in (None, record.thread_id)


def _told(manifest: Manifest, records: list[BundleRecord], sought: _Sought) -> Iterator[str]:
    short = manifest.fingerprint[:12]
    by_study = manifest.training.get("lineage", {}).get("hashes") == "study"
    for record in records:
        basis = f", its code {record.basis}" if record.basis else ""
        yield f"Bundle {manifest.name!r} ({short}) {PARTS[record.part]} it{basis}."
        if record.study != sought.study:
            yield f"  There the data are called {record.study!r}: the ids are the same."
        elif by_study and sought.hash is not None:
            same = record.hash == sought.hash
            now = "are as they were then" if same else "are not what they were then"
            yield f"  Its words, place and code {now}."


def _unread(known: Sequence[RegisteredBundle], places: Mapping[str, _Readable]) -> Iterator[str]:
    for bundle in known:
        if bundle.fingerprint not in places:
            yield (
                f"Bundle {bundle.name!r} ({bundle.fingerprint[:12]}) is registered and not in "
                "these folders: what it learned from cannot be read (--bundles FOLDER)."
            )
    for fingerprint, place in places.items():
        if read_records(place.path) is None:
            yield (
                f"Bundle {place.path.name!r} ({fingerprint[:12]}) keeps no list of its records: "
                "what it learned from cannot be told."
            )


async def _exports(store: Store, stored: StoredMessage | None) -> list[str]:
    if stored is None:
        return ["Exports are found by a stored message: none can be told."]
    rows = await store.exports.of_message(stored.id)
    if not rows:
        return ["It left in no export."]
    lines = ["It left in these exports:"]
    for row in rows:
        part = "" if row.session is None else f", session {row.session!r}"
        lines.append(f"  {row.at:%F %T} UTC: {row.file} ({row.form}{part}), sha-256 {row.sha256}")
    return lines

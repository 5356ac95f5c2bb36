"""The folder of bundles: what stands there, by name, and how another one comes to stand there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import IntercoderError
from bot.inference.bundle import MANIFEST, Bundle, load_bundle
from bot.inference.manifest import Manifest
from bot.inference.staged import clear_left, staged


@dataclass(frozen=True, slots=True)
class Shelved:
    """A bundle's folder; without a manifest `problem` says, in a sentence, why it is of no use."""

    path: Path
    manifest: Manifest | None
    problem: str | None = None


def bundles_in(folder: Path) -> tuple[Shelved, ...]:
    """Return the bundles in `folder`, by name; none if there is no such folder.

    Manifests are held to their fingerprints, the large files not to their hashes: loading does
    that. What is half written has a hidden name or no manifest, and never shows.
    """
    if not folder.is_dir():
        return ()
    standing = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return tuple(_shelved(path) for path in standing if (path / MANIFEST).is_file())


def shelve(source: Path, path: Path) -> Bundle:
    """Copy the bundle in `source` to `path`, whole or not at all, and return it there.

    Every hash is held against the copy, and the copy is on the disk, before it has its name.
    What killed processes left beside `path` is cleared away. Raises BundleError or EncoderError
    for a damaged bundle, a name that is taken, a full disk.
    """
    clear_left(path.absolute().parent)
    with staged(path) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        manifest = load_bundle(folder).manifest
    return Bundle(path.absolute(), manifest)


def _shelved(path: Path) -> Shelved:
    try:
        return Shelved(path, load_bundle(path, verify=False).manifest)
    except IntercoderError as error:
        return Shelved(path, None, str(error))

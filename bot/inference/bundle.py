"""One trained coder on disk: read it, verify it, write it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from bot.domain.errors import IntercoderError
from bot.encoding.encode import Encoder
from bot.encoding.spec import EncoderError
from bot.inference.manifest import RESTORE, BundleError, Manifest
from bot.inference.staged import staged

__all__ = [
    "MANIFEST",
    "Bundle",
    "BundleError",
    "Manifest",
    "load_bundle",
    "staged",
    "write_manifest",
]

MANIFEST = "manifest.json"
TOKENIZER = "tokenizer.json"
REPORT = "report/"
"""What people read, and save again from a spreadsheet: it does not change what the coder does."""


@dataclass(frozen=True)
class Bundle:
    """A bundle's folder and its manifest."""

    path: Path
    manifest: Manifest

    def encoder(self) -> Encoder:
        """Return the encoder that the bundle was trained with. Raises BundleError."""
        path = self.file(TOKENIZER)
        try:
            return Encoder.from_file(path, self.manifest.spec)
        except IntercoderError:
            raise
        except Exception as error:  # noqa: BLE001 - the tokenizers library raises no other kind
            raise BundleError(f"{path}: this is no readable tokenizer ({error}).") from None

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer alone; a checkpoint's own padding and truncation are off."""
        tokenizer = Tokenizer.from_file(str(self.file(TOKENIZER)))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def file(self, name: str) -> Path:
        """Return the path of the file `name` of the bundle; raises BundleError if it has none."""
        path = self.path / name
        if (self.manifest.files and name not in self.manifest.files) or not path.is_file():
            raise BundleError(f"{self.path}: the bundle has no {name}: train it again.")
        return path


def load_bundle(path: Path, verify: bool = True) -> Bundle:
    """Return the bundle in the folder `path`, after checking that it is what was written.

    The manifest is always held to its fingerprint; with `verify` each file but the report's is
    held to its hash, too (reads them all). Raises BundleError or EncoderError, one sentence
    naming file and remedy.
    """
    manifest = _read_manifest(path)
    if manifest.files.get(TOKENIZER) != manifest.spec.tokenizer:
        raise BundleError(
            f"{path / TOKENIZER}: this tokenizer is not the one that the encoder spec was made "
            "with: use the bundle as it was written, or train it again."
        )
    if verify:
        for name, expected in manifest.files.items():
            if not name.startswith(REPORT) and _hash(path / name) != expected:
                raise BundleError(
                    f"{path / name}: the contents do not match their hash: {RESTORE}."
                )
    return Bundle(path, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Hash all files in `folder`, write manifest.json last, and return it with the hashes.

    Raises BundleError if the folder cannot be read or written, or its tokenizer is another
    than the spec's.
    """
    files = {
        file.relative_to(folder).as_posix(): _hash(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file != folder / MANIFEST
    }
    if files.get(TOKENIZER) != manifest.spec.tokenizer:
        raise BundleError(
            f"{folder / TOKENIZER}: the file is missing or not the one that the encoder spec "
            "names: write the tokenizer that the network was trained with."
        )
    complete = manifest.with_files(files)
    new = folder / (MANIFEST + ".new")
    try:
        new.write_text(complete.to_json(), encoding="utf-8")
        new.replace(folder / MANIFEST)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise BundleError(
            f"{folder / MANIFEST}: could not be written ({error.strerror}): make room, or choose "
            "a folder that you may write to."
        ) from error
    return complete


def _read_manifest(path: Path) -> Manifest:
    file = path / MANIFEST
    try:
        if not path.exists():
            raise BundleError(f"{path}: there is no such bundle: check the path, or train one.")
        if not path.is_dir():
            raise BundleError(f"{path}: this is a file: name the bundle's folder.")
        if not file.exists():
            raise BundleError(
                f"{path}: this folder is no bundle, it has no {MANIFEST}: name a folder that "
                "training wrote."
            )
        # Bytes, not text: reading as text would hide a changed line ending.
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(f"{file}: byte {error.start} is not UTF-8: {RESTORE}.") from None
    except OSError as error:
        raise _unreadable(file, error) from error
    try:
        return Manifest.from_json(text)
    except IntercoderError as error:
        kind = EncoderError if isinstance(error, EncoderError) else BundleError
        raise kind(f"{file}: {error}") from None


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        raise BundleError(f"{file}: the file is missing: {RESTORE}.") from None
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> BundleError:
    return BundleError(
        f"{file}: could not be read ({error.strerror}): check the permissions of the folder and "
        "the disk."
    )

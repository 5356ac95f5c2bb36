"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.inference.manifest import BundleError

_MARK = "manifest.json"  # what shows that a folder is ours to replace


@contextmanager
def staged(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a new folder beside `path`; when the block ends well, it takes the name `path`.

    Its files are on the disk by then (fsync). When the block fails it is removed, and what
    stood at `path` stands there still. With `overwrite` an earlier bundle is replaced: moved
    aside, and removed after the new one has its name. Raises BundleError if `path` is taken,
    or cannot be written (full disk, read-only folder).
    """
    path = path.absolute()
    _check_free(path, overwrite=overwrite)
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield folder
        _sync(folder)
        _check_free(path, overwrite=overwrite)
        _rename(folder, path)
    except OSError as error:
        # A disk that is full has no file name; another file's trouble is not ours to explain.
        named = error.filename
        if named is None or Path(os.fsdecode(named)).is_relative_to(path.parent):
            raise _unwritable(path, error) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_free(path: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise BundleError(f"{path}: this is there already: choose another name, or overwrite it.")
    ours = path.is_dir() and not path.is_symlink()
    if not ours or (not (path / _MARK).is_file() and any(path.iterdir())):
        raise BundleError(
            f"{path}: this is no bundle, so it is not overwritten: choose another name."
        )


def _rename(folder: Path, path: Path) -> None:
    """Give `folder` the name `path`; an earlier one comes back if that fails."""
    if path.exists():
        aside = folder.with_suffix(".old")
        path.replace(aside)
        try:
            folder.replace(path)
        except OSError:
            aside.replace(path)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    else:
        folder.replace(path)
    _sync_entry(path.parent)


def _sync(folder: Path) -> None:
    """Force every file and folder below `folder` to the disk."""
    for parent, _, files in os.walk(folder):
        for name in files:
            _sync_entry(Path(parent, name))
        _sync_entry(Path(parent))


def _sync_entry(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> BundleError:
    return BundleError(
        f"{path}: could not be written ({error.strerror}): make room, or choose a folder that you "
        "may write to; nothing was left behind."
    )

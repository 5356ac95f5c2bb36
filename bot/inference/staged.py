"""A folder that appears whole or not at all."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.domain.targets import check_folder
from bot.inference.manifest import BundleError

_MARK = "manifest.json"  # what shows that a folder is ours to replace


@contextmanager
def staged(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a new folder beside `path`; when the block ends well, it takes the name `path`.

    Its files are on the disk by then (fsync). When the block fails it is removed, and what
    stood at `path` stands there still. With `overwrite` an earlier bundle is replaced: moved
    aside, and removed after the new one has its name. What a killed process left of another
    try is cleared away. Raises BundleError if `path` is taken, or cannot be written (full disk,
    read-only folder).
    """
    path = path.absolute()
    check_folder(path)
    clear_left(path.parent, path.name)
    check_free(path, overwrite=overwrite)
    folder = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except OSError as error:
        raise _unwritable(path, error) from error
    with _held(folder):
        try:
            yield folder
            _sync(folder)
            check_free(path, overwrite=overwrite)
            _rename(folder, path)
        except OSError as error:
            # A disk that is full has no file name; another file's trouble is not ours to explain.
            named = error.filename
            if named is None or Path(os.fsdecode(named)).is_relative_to(path.parent):
                raise _unwritable(path, error) from error
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Lock `folder` while the block runs and this process lives; gives whether that was possible.

    It is not where another process has it, or where the file system has no locks.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        held = False
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        yield held
    finally:
        os.close(descriptor)


def clear_left(parent: Path, name: str | None = None) -> None:
    """Tidy up after processes that were killed while they wrote a folder `name` in `parent`.

    None: a folder of any name. One that nobody holds is nobody's: a new one is removed; an
    earlier bundle that was moved aside gets its name back, or is removed where the new one has it.
    """
    whose = ".+" if name is None else re.escape(name)
    ours = re.compile(rf"\.({whose})\.[0-9a-f]{{8}}\.(new|old)")
    with suppress(OSError):  # no such folder yet, or not ours to tidy: writing will say so
        for folder in sorted(parent.iterdir()):
            if (found := ours.fullmatch(folder.name)) is None:
                continue
            path = parent / found[1]
            with _held(folder) as held:
                if held and folder.suffix == ".old" and not os.path.lexists(path):
                    folder.replace(path)
                elif held:
                    shutil.rmtree(folder)


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise BundleError if something stands at `path` that a bundle is not to replace."""
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise BundleError(
            f"{path}: this is there already: choose another name, or replace it with --overwrite."
        )
    ours = path.is_dir() and not path.is_symlink()
    if not ours or (not (path / _MARK).is_file() and any(path.iterdir())):
        raise BundleError(
            f"{path}: this is no bundle, so it is not overwritten: choose another name."
        )


def _rename(folder: Path, path: Path) -> None:
    """Give `folder` the name `path`; an earlier one comes back if that fails."""
    if path.exists():
        aside = folder.with_suffix(".old")
        try:
            path.replace(aside)
            folder.replace(path)
        except BaseException:  # a signal, too, must not take the earlier bundle away
            if aside.exists() and not path.exists():
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

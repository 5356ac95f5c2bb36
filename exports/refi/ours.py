"""Whether a file is an earlier export of ours, which may be replaced."""

from __future__ import annotations

import zipfile
from pathlib import Path

from exports.refi.names import CODEBOOK, ORIGIN, PROJECT, PROJECT_FILE

_HEAD = 2_000  # bytes: the root element stands in them unless a study's name is very long
_MARK = f'origin="{ORIGIN}"'.encode()


def is_our_project(path: Path) -> bool:
    """Tell whether a file is a project that we wrote, and no other program since."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(PROJECT_FILE) as project:
            return _is_ours(project.read(_HEAD), PROJECT)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError):
        return False  # somebody's file, whatever it is


def is_our_codebook(path: Path) -> bool:
    """Tell whether a file is a codebook (.qdc) that we wrote."""
    with path.open("rb") as file:
        return _is_ours(file.read(_HEAD), CODEBOOK)


def _is_ours(head: bytes, namespace: str) -> bool:
    return _MARK in head and f'"{namespace}"'.encode() in head

"""Whether a file is an earlier export of ours, which may be replaced."""

from __future__ import annotations

from pathlib import Path

from exports.refi.names import CODEBOOK, ORIGIN, PROJECT, PROJECT_FILE
from exports.zipping import is_zip_where

_HEAD = 2_000  # bytes: the root element stands in them unless a study's name is very long
_MARK = f'origin="{ORIGIN}"'.encode()


def is_our_project(path: Path) -> bool:
    """Tell whether a file is a project that we wrote, and no other program since."""
    return is_zip_where(
        path, lambda zipped: _is_ours(zipped.open(PROJECT_FILE).read(_HEAD), PROJECT)
    )


def is_our_codebook(path: Path) -> bool:
    """Tell whether a file is a codebook (.qdc) that we wrote."""
    with path.open("rb") as file:
        return _is_ours(file.read(_HEAD), CODEBOOK)


def _is_ours(head: bytes, namespace: str) -> bool:
    return _MARK in head and f'"{namespace}"'.encode() in head

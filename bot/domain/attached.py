"""What is attached to a message, as words: the same live and in files of other programs."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable

FORWARDED = "[forwarded message]"
NO_TEXT = "[no text]"
"""Stands for a message in which there are neither words nor anything attached."""

_SEEN = {"image", "audio", "video"}


def attached(files: Iterable[tuple[str, str | None]], stickers: Iterable[str]) -> list[str]:
    """Return `[image]`, `[file]`, `[sticker: wave]` and so on.

    `files` are names and media types, the latter None where they are not told; `stickers` names.
    """
    named = [f"[{_kind(name, media)}]" for name, media in files]
    return named + [f"[sticker: {name}]" for name in stickers]


def _kind(name: str, media: str | None) -> str:
    kind = (media or mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return kind if kind in _SEEN else "file"

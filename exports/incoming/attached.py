"""What is attached to a message, as words: the same as the live bot writes."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from exports.incoming.json_cells import Object, objects

_SEEN = {"image", "audio", "video"}


def with_attached(words: str, message: Object, source: str | Path, line: int) -> str:
    """Return `words` followed by `[image]`, `[sticker: wave]` and so on, or `[no text]`.

    Raises InputError if attachments or stickers are not lists of objects.
    """
    attachments = objects(message.get("attachments") or [], "attachments", source, line)
    stickers = objects(message.get("stickers") or [], "stickers", source, line)
    named = [f"[{_kind(str(a.get('fileName', '')))}]" for a in attachments]
    named += [f"[sticker: {sticker.get('name', '')}]" for sticker in stickers]
    if message.get("forwardedMessage"):
        named.append("[forwarded message]")
    return " ".join(part for part in (words.strip(), *named) if part) or "[no text]"


def _kind(filename: str) -> str:
    kind = (mimetypes.guess_type(filename)[0] or "").partition("/")[0]
    return kind if kind in _SEEN else "file"

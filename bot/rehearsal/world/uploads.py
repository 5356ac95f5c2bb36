"""The files people and the bot attach, kept so that they can be downloaded."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rehearsal.world.messages import Json, Upload
from bot.rehearsal.world.snowflakes import Snowflakes

# Discord replaces what does not belong in a file's name.
UNSAFE = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Stored:
    """One file as the content server hands it out."""

    name: str
    data: bytes
    content_type: str


class Uploads:
    """The content server's files, by channel and id; the server sets where it listens."""

    def __init__(self, snowflakes: Snowflakes) -> None:
        self._base = "http://127.0.0.1"
        self._snowflakes = snowflakes
        self._stored: dict[str, Stored] = {}
        self._payloads: list[Json] = []

    def serve_at(self, base: str) -> None:
        """Say where files are downloaded from now on, also those attached before."""
        for payload in self._payloads:
            for key in ("url", "proxy_url"):
                payload[key] = base + payload[key].removeprefix(self._base)
        self._base = base

    def store(
        self, channel_id: str, upload: Upload, *, ephemeral: bool = False, note: str | None = None
    ) -> Json:
        """Keep a file and return its attachment object."""
        attachment_id = str(self._snowflakes.next())
        name = UNSAFE.sub("_", upload.name) or "file"
        kind = upload.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._stored[attachment_id] = Stored(name, upload.data, kind)
        url = f"{self._base}/attachments/{channel_id}/{attachment_id}/{name}"
        payload: Json = {
            "id": attachment_id,
            "filename": name,
            "size": len(upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": kind,
        }
        if kind.startswith("image/"):
            payload |= {"width": 1, "height": 1}
        if ephemeral:
            payload["ephemeral"] = True
        if note is not None:
            payload["description"] = note
        self._payloads.append(payload)
        return payload

    def store_all(self, channel_id: str, files: Sequence[Upload | str]) -> list[Json]:
        """Keep files, a mere name standing for a small one, and return attachment objects."""
        uploads = [Upload(file) if isinstance(file, str) else file for file in files]
        return [self.store(channel_id, upload) for upload in uploads]

    def find(self, attachment_id: str) -> Stored | None:
        """Return a kept file."""
        return self._stored.get(attachment_id)

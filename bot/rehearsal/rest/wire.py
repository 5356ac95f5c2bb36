"""Bodies as they travel: JSON or forms with files in, JSON out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.rehearsal.rest.errors import INVALID_FORM, INVALID_JSON, refused
from bot.rehearsal.world.messages import Json, Upload

# "files[0]": the number is the id by which the body's attachments name the file.
FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True)
class Body:
    """What a request carries: an object, list or nothing, and files by their number."""

    content: Any = None
    files: dict[int, Upload] = field(default_factory=dict)

    @property
    def fields(self) -> Json:
        """Return the body's object; raises Discord's refusal if it is none."""
        if not isinstance(self.content, dict):
            raise refused(INVALID_FORM)
        return self.content


BODY = web.RequestKey("body", Body)


async def read_body(request: web.Request) -> Body:
    """Return what a request carries; raises Discord's refusal of what cannot be read."""
    if request.content_type.startswith("multipart/"):
        return await _form(request)
    raw = await request.read()
    return Body(_parsed(raw)) if raw else Body()


async def _form(request: web.Request) -> Body:
    content: Any = {}
    files: dict[int, Upload] = {}
    for name, value in (await request.post()).items():
        numbered = FILE_FIELD.fullmatch(name)
        if isinstance(value, web.FileField):
            if numbered is None:
                raise refused(INVALID_FORM)
            # The client calls everything a stream of bytes; the type follows from the name.
            files[int(numbered[1])] = Upload(value.filename, value.file.read())
        elif name == "payload_json":
            content = _parsed(value)
    return Body(content, files)


def _parsed(raw: str | bytes | bytearray) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise refused(INVALID_JSON) from None


def reply(payload: Any = None, status: int = 200) -> web.Response:
    """Return an answer with a JSON body, or an empty one (204) for None.

    The type must be this exactly: clients compare it with the whole header.
    """
    if payload is None:
        return web.Response(status=204)
    body = json.dumps(payload, separators=(",", ":")).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})

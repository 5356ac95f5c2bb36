"""Discord's limits for what a message may hold."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.rest.component_form import check_rows
from bot.rehearsal.rest.errors import EMPTY_MESSAGE, refused
from bot.rehearsal.rest.form import Form, Path
from bot.rehearsal.world.messages import COMPONENTS_V2, Json

CONTENT_LIMIT = 2000
EMBED_LIMIT = 10
FIELD_LIMIT = 25
# All texts of all embeds of a message together.
EMBED_TOTAL = 6000


def check_message(body: Json, *, files: int = 0, new: bool = True, path: Path = ()) -> None:
    """Raise Discord's refusal of a message that breaks a limit, or of a new one that is empty."""
    form = Form()
    form.length((*path, "content"), body.get("content"), CONTENT_LIMIT)
    embeds = body.get("embeds") or []
    form.bounded((*path, "embeds"), embeds, EMBED_LIMIT)
    total = sum(_embed(form, (*path, "embeds", at), embed) for at, embed in enumerate(embeds))
    if total > EMBED_TOTAL:
        message = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        form.fault((*path, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", message)
    components = body.get("components") or []
    modern = bool((body.get("flags") or 0) & COMPONENTS_V2)
    check_rows(form, (*path, "components"), components, modern=modern)
    _nonce(form, (*path, "nonce"), body.get("nonce"))
    _allowed_mentions(form, (*path, "allowed_mentions"), body.get("allowed_mentions"))
    form.check()
    # What a person would see nothing of; white space is nothing, too.
    said = (body.get("content") or "").strip()
    if new and not (said or embeds or files or components or body.get("sticker_ids")):
        raise refused(EMPTY_MESSAGE)


def _embed(form: Form, path: Path, embed: Json) -> int:
    """Check one embed and return how many characters count towards the total."""
    footer, author = embed.get("footer") or {}, embed.get("author") or {}
    fields = embed.get("fields") or []
    form.length((*path, "title"), embed.get("title"), 256)
    form.length((*path, "description"), embed.get("description"), 4096)
    form.length((*path, "footer", "text"), footer.get("text"), 2048)
    form.length((*path, "author", "name"), author.get("name"), 256)
    form.bounded((*path, "fields"), fields, FIELD_LIMIT)
    for at, field in enumerate(fields):
        form.required((*path, "fields", at, "name"), field.get("name"), 256)
        form.required((*path, "fields", at, "value"), field.get("value"), 1024)
    texts = [embed.get("title"), embed.get("description"), footer.get("text"), author.get("name")]
    texts += [field.get(key) for field in fields for key in ("name", "value")]
    return sum(len(text) for text in texts if text)


def _nonce(form: Form, path: Path, nonce: Any) -> None:
    if isinstance(nonce, str):
        form.length(path, nonce, 25)


def _allowed_mentions(form: Form, path: Path, allowed: Json | None) -> None:
    """Note kinds that are both allowed at large and listed, which Discord refuses."""
    for kind in ("users", "roles"):
        if allowed and kind in (allowed.get("parse") or []) and allowed.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.fault(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)

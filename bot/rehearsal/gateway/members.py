"""The answer to a request for members over the gateway."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.gateway.connection import Closing
from bot.rehearsal.gateway.wire import Close, Intent


def members_chunk(guild: dict[str, Any], asked: Any, intents: Intent) -> dict[str, Any]:
    """Return GUILD_MEMBERS_CHUNK for a request by ids, or by the beginning of a name.

    `guild` is the whole server. Raises Closing for a request of all members without the
    members intent.
    """
    members: list[dict[str, Any]] = guild["members"]
    limit, query = int(asked.get("limit", 0)), str(asked.get("query", "")).lower()
    if "user_ids" in asked:
        given = asked["user_ids"]
        ids = [str(i) for i in (given if isinstance(given, list) else [given])]
        found = [m for m in members if m["user"]["id"] in ids]
        missing = [i for i in ids if i not in {m["user"]["id"] for m in found}]
    else:
        if not query and not limit and Intent.MEMBERS not in intents:
            raise Closing(Close.DISALLOWED_INTENTS, "all members without the members intent")
        found = [m for m in members if m["user"]["username"].lower().startswith(query)]
        found, missing = found[: limit or None], []
    chunk = {
        "guild_id": guild["id"],
        "members": found,
        "chunk_index": 0,
        "chunk_count": 1,
        "not_found": missing,
    }
    return chunk | ({"nonce": asked["nonce"]} if "nonce" in asked else {})

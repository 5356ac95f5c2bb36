"""Which session, threads and code a command means, when its user has not said all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.domain.codebook import Code
from bot.domain.errors import InputError
from bot.gateway.staff.parts import Interaction, client_of, guild_of
from bot.gateway.staff.texts import CHOICE, PAGE, clip, mention, size
from bot.gateway.staff.threads_given import parse_all
from bot.services.desk import Desk
from bot.storage.rows import SessionRow


async def session_meant(interaction: Interaction, desk: Desk, name: str | None) -> SessionRow:
    """Return the session named, or that of the channel the command was given in, or the only one.

    Raises InputError if that leaves none, or several.
    """
    if name is not None:
        return await desk.conduct.session(name.strip())
    followed, here = client_of(interaction).followed, interaction.channel_id
    following = None if here is None else followed.of(here)
    if following is not None:
        return following.session
    for channel in (here, getattr(interaction.channel, "parent_id", None)):
        opening = followed.opening_in(channel)
        if opening is not None:
            return opening[1]
    return await desk.conduct.session(None)


async def known_session(desk: Desk, name: str) -> str:
    """Return `name` if a session, also an ended one, is called so; else raise InputError."""
    name = name.strip()
    names = [s.name for s in await desk.ingest.store.sessions.all(desk.study.id)]
    if name in names:
        return name
    raise InputError(
        f"the study has no session {name!r}",
        f"name one of {', '.join(map(repr, names[-10:]))}" if names else "start one first",
    )


async def threads_named(desk: Desk, text: str, server_id: int) -> list[str]:
    """Return the ids of the threads that `text` names, of any session of the study.

    Raises InputError for what is no thread of the study: nobody could code anything there.
    """
    ids = [str(found) for found in parse_all(text, server_id)]
    known: set[str] = set()
    for session in await desk.ingest.store.sessions.all(desk.study.id):
        known |= {thread.id for thread in await desk.conduct.threads(session)}
    strange = [mention(i) for i in ids if i not in known]
    if strange:
        raise InputError(
            f"no session of the study follows {' '.join(strange[:10])}",
            "name threads of a session, or leave groups out for all",
        )
    return ids


async def threads_meant(
    interaction: Interaction, desk: Desk, session: SessionRow, text: str | None
) -> list[str] | None:
    """Return the ids of the session's threads that `text` names; None, for all, without a text.

    Raises InputError for what is no thread of the session.
    """
    if text is None:
        return None
    ids = [str(found) for found in parse_all(text, guild_of(interaction).id)]
    known = {thread.id for thread in await desk.conduct.threads(session)}
    strange = [mention(i) for i in ids if i not in known]
    if strange:
        raise InputError(
            f"session {session.name!r} does not follow {' '.join(strange)}",
            "see /session status for the threads that it follows",
        )
    return ids


def key_of(code: str) -> str:
    """Return what stands for a code in a choice: itself, or if it is too long, a short form."""
    if size(code) <= CHOICE:
        return code
    return f"{clip(code, 60)} #{hashlib.sha256(code.encode()).hexdigest()[:16]}"


def code_meant(given: str, codes: Sequence[Code]) -> str:
    """Return the code that was chosen or typed, also by its title; `given` itself if none is it."""
    text = given.strip()
    for code in codes:
        if text in (code.code, key_of(code.code)):
            return code.code
    folded = text.casefold()
    named = [c.code for c in codes if folded in (c.code.casefold(), c.title.casefold())]
    return named[0] if len(named) == 1 else text


def matching(codes: Sequence[Code], typed: str) -> list[Code]:
    """Return at most 25 codes for what has been typed so far: by code first, then by title."""
    folded = typed.strip().casefold()
    ranked = [(_rank(code, folded), code) for code in codes]
    found = sorted((pair for pair in ranked if pair[0] is not None), key=lambda pair: pair[0] or 0)
    return [code for _, code in found[:PAGE]]


def _rank(code: Code, folded: str) -> int | None:
    """Return 0 for the code itself, 1 for its beginning, and so on; None for no match."""
    name, title = code.code.casefold(), code.title.casefold()
    ways = (name == folded, name.startswith(folded), title.startswith(folded), folded in name)
    for rank, matches in enumerate((*ways, folded in title)):
        if matches:
            return rank
    return None

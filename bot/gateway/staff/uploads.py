"""Files that come with a command: codebooks and scenario lists."""

from __future__ import annotations

import asyncio

import discord

from bot.domain.codebook import Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.scenario_list import scenario_list_from_file
from exports.incoming.codebooks import codebook_from_bytes

_LARGEST = 1_000_000  # bytes; a codebook of a hundred codes has fifty thousand
_BOOKS = (".toml", ".csv", ".qdc")
_LISTS = (".toml", ".csv")


async def codebook_of(file: discord.Attachment) -> Codebook:
    """Return the codebook in an uploaded file; raises InputError."""
    data = await _read(file, _BOOKS)
    # A long file takes seconds to parse, and messages are to be heard meanwhile.
    return await asyncio.to_thread(codebook_from_bytes, file.filename, data)


async def scenarios_of(file: discord.Attachment) -> tuple[Scenario, ...]:
    """Return the scenarios in an uploaded file, in its order; raises InputError."""
    data = await _read(file, _LISTS)
    return await asyncio.to_thread(scenario_list_from_file, file.filename, data)


async def _read(file: discord.Attachment, kinds: tuple[str, ...]) -> bytes:
    name = file.filename
    if not name.lower().endswith(kinds):
        raise InputError(f"this is not {' or '.join(kinds)}", "upload one of these", source=name)
    if file.size > _LARGEST:
        problem = f"it has {file.size:,} bytes, and {_LARGEST:,} are the most"
        raise InputError(problem, "leave out what is no code or scenario", source=name)
    try:
        return await file.read()
    except discord.HTTPException as error:
        raise InputError(
            f"Discord did not hand it over (status {error.status})", "upload it again", source=name
        ) from None

"""Numbers, times and ids in a request's query."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from bot.rehearsal.rest.form import Form


def limit(request: web.Request, most: int = 100, default: int = 50, least: int = 1) -> int:
    """Return how many things are asked for; raises Discord's refusal out of bounds."""
    raw = request.query.get("limit")
    if raw is None:
        return default
    form = Form()
    if not raw.isdecimal():
        form.fault(("limit",), "NUMBER_TYPE_COERCE", f'Value "{raw}" is not int.')
    elif int(raw) > most:
        message = f"int value should be less than or equal to {most}."
        form.fault(("limit",), "NUMBER_TYPE_MAX", message)
    elif int(raw) < least:
        message = f"int value should be greater than or equal to {least}."
        form.fault(("limit",), "NUMBER_TYPE_MIN", message)
    form.check()
    return int(raw)


def snowflake(request: web.Request, name: str) -> int | None:
    """Return an id of the query, None if it is absent; raises Discord's refusal of others."""
    raw = request.query.get(name)
    if raw is None:
        return None
    form = Form()
    if not raw.isdecimal():
        message = f'Value "{raw}" is not snowflake.'
        form.fault((name,), "NUMBER_TYPE_COERCE", message)
    form.check()
    return int(raw)


def time(request: web.Request, name: str) -> datetime | None:
    """Return a time of the query, None if it is absent; raises Discord's refusal of others."""
    raw = request.query.get(name)
    if raw is None:
        return None
    form = Form()
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        form.fault((name,), "DATE_TIME_TYPE_PARSE", f"Could not parse {raw}. Should be ISO8601.")
        form.check()
        raise

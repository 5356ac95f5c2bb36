"""Waiting until a session's messages are coded, for as long as one may wait."""

from __future__ import annotations

import asyncio

from bot.services.desk import Desk
from bot.storage.rows import SessionRow


async def drained(desk: Desk, session: SessionRow, seconds: float) -> int:
    """Wait until nothing of the session waits for the model; return how many messages still do.

    Ends early, too, when the model has nothing to do: what it could not code stays waiting.
    """
    live = desk.live
    if live is None:
        return (await desk.numbers.of(session)).waiting
    changed = asyncio.Event()

    def heard(_: object) -> None:
        changed.set()

    # Another session may keep the model busy for hours: ours is asked for by itself.
    idle = asyncio.create_task(live.settled())
    live.listen(heard)
    counts = desk.ingest.store.codings.counts
    try:
        async with asyncio.timeout(seconds):
            while not idle.done():
                changed.clear()
                pending = [(await counts(s.coder.id, session.id)).pending for s in desk.coders]
                if not any(pending):
                    break
                step = asyncio.create_task(changed.wait())
                await asyncio.wait({idle, step}, return_when=asyncio.FIRST_COMPLETED)
                step.cancel()
    except TimeoutError:
        pass
    finally:
        live.forget(heard)
        idle.cancel()
        await asyncio.gather(idle, return_exceptions=True)
    return (await desk.numbers.of(session)).waiting

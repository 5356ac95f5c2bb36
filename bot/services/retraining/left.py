"""What retrainings leave: those that died are noted as failed, and what they wrote is cleared."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

from bot.domain.retraining import BUNDLE
from bot.inference.bundle import MANIFEST
from bot.inference.staged import clear_left as clear_half_written
from bot.services.retraining import places
from bot.storage.retrainings import UNTOLD, End, Retraining, State
from bot.storage.store import Store

DIED = "the process that watched over it was killed; nothing has changed."


async def clear_left(store: Store, bundles: Path) -> tuple[Retraining, ...]:
    """End the rows of retrainings that nobody runs any more; return them as they are then.

    To be called with the lock held: so whoever ran them is gone. One whose coder was promoted
    by then is noted as promoted; of any other nothing stays, and a bot owes the staff a report:
    whoever finds it dead may not be able to tell them.
    """
    return tuple([await _clear(store, row, bundles) for row in await store.retrainings.running()])


async def _clear(store: Store, row: Retraining, bundles: Path) -> Retraining:
    for promotion in await store.promotions.history(row.study_id):
        if promotion.retraining_id == row.id:
            if row.folder is not None:  # people's words, and a bundle that has been taken
                await asyncio.to_thread(places.tidy, row.folder, decided=True)
                await asyncio.to_thread(places.drop_bundle, row.folder)
            end = End(State.PROMOTED, promotion.reason, challenger=promotion.fingerprint)
            return await store.retrainings.end(row.id, end)
    if row.folder is not None:
        await asyncio.to_thread(_remove, row.folder, bundles)
    return await store.retrainings.end(row.id, End(State.FAILED, DIED, decision=UNTOLD))


def _remove(folder: Path, bundles: Path) -> None:
    clear_half_written(bundles)
    kept = bundles / folder.name
    if _same(folder / BUNDLE, kept):  # whole, but never taken
        shutil.rmtree(kept, ignore_errors=True)
    places.tidy(folder, decided=False)


def _same(made: Path, kept: Path) -> bool:
    """Tell whether `kept` is a copy of `made`: another database's coder may have that name."""
    with suppress(OSError):
        return (made / MANIFEST).read_bytes() == (kept / MANIFEST).read_bytes()
    return False


async def drop_earlier(store: Store, row: Retraining) -> None:
    """Remove the challengers of the study's earlier retrainings, which were not taken."""
    folders = [
        earlier.folder
        for earlier in await store.retrainings.of_study(row.study_id)
        if earlier.id < row.id and earlier.folder is not None
    ]
    for folder in folders:
        await asyncio.to_thread(places.drop_bundle, folder)

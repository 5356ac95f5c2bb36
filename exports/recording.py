"""Every export is noted in the database: whom to tell, years later, what a message reached."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from bot.storage.errors import StorageError
from bot.storage.exports import NewExport
from bot.storage.rows import Study
from bot.storage.store import Store
from bot.storage.transcript import Reach


async def record_export(
    store: Store,
    study: Study,
    path: Path,
    form: str,
    reach: Reach,
    *,
    session: str | None = None,
    verified: bool = False,
) -> str:
    """Note that `path` was written of a study, or of one session, as far as `reach`.

    A file that cannot be noted must not leave: it is removed, and StorageError says why. Of a
    database that stands where nothing can be written exports are made all the same: returns then
    what is to be said of that, else an empty text.
    """
    if store.connections.only_reads():
        return (
            "The database cannot be written, so this export is not noted in it: write down "
            "yourself who has got it."
        )
    try:
        sha256 = await asyncio.to_thread(_sha256, path)
        await store.exports.record(
            NewExport(study.id, session, form, path.name, sha256, verified, reach)
        )
    except BaseException as error:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        if isinstance(error, StorageError):
            raise StorageError(
                f"the export could not be noted in the database, so {path} was removed: {error}"
            ) from None
        raise
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()

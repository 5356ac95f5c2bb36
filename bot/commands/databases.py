"""Opening the database of a command: one that is there, or a new one where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.errors import InputError
from bot.domain.targets import check_folder
from bot.storage.errors import StorageError, speaking
from bot.storage.migrate import current
from bot.storage.rows import Study
from bot.storage.sqlite import file_of, is_sqlite, parse_url, place
from bot.storage.store import Store


async def open_existing(url: str) -> Store:
    """Open a database that something was stored in; raises StorageError and makes none."""
    if await current(url) is None:
        raise StorageError(
            f"{place(parse_url(url))}: there is no such database yet; check the path, or fill it "
            "with `intercoder import` or `intercoder replay`."
        )
    return await Store.open(url)


async def open_or_make(url: str) -> Store:
    """Open the database; a new one is made, with its folder. Raises StorageError."""
    make_place(url)
    return await Store.open(url)


def make_place(url: str) -> None:
    """Make the folder of an SQLite database, if it is not there; raises StorageError."""
    parsed = parse_url(url)
    if is_sqlite(parsed):
        check_folder(file_of(parsed), file_of(parsed).parent)
        with speaking(place(parsed)):
            try:
                file_of(parsed).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(
                    f"{place(parsed)}: its folder cannot be made ({error.strerror}); name a "
                    "database in a folder that you may write to."
                ) from None


async def find_study(url: str, name: str) -> Study | None:
    """Return the study called `name`, or None; a database that is not there is not made."""
    if await current(url) is None:
        return None
    async with await Store.open(url) as store:
        return await store.studies.find(name)


async def pick_study(store: Store, name: str | None) -> Study:
    """Return the study called `name`, or the only one there is; raises InputError."""
    names = await store.studies.names()
    where = store.connections.place
    if name is None and len(names) == 1:
        name = names[0]
    if name is None:
        if not names:
            raise InputError("there is no study in it", "import a file first", source=where)
        raise InputError(
            f"there are {len(names)} studies in it",
            f"name one: --study {_list(names)}",
            source=where,
        )
    study = await store.studies.find(name)
    if study is None:
        known = f"name one of {_list(names)}" if names else "import a file first"
        raise InputError(f"there is no study {name!r} in it", known, source=where)
    return study


async def check_session(store: Store, study: Study, name: str | None) -> None:
    """Raise InputError if a session is named that the study does not have."""
    names = [row.name for row in await store.sessions.all(study.id)]
    if name is not None and name not in names:
        raise InputError(
            f"study {study.name!r} has no session {name!r}",
            f"name one of {_list(names)}" if names else "import a file first",
            source=store.connections.place,
        )


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return f"{shown}, ..." if len(names) > 10 else shown

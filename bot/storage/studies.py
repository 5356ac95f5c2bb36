"""Studies, codebook versions, bundles and coders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.codebook import Codebook, codebook_from_dict, codebook_to_dict
from bot.domain.coding import CoderKind
from bot.storage.connections import Connections
from bot.storage.errors import StorageError
from bot.storage.rows import Coder, Study
from bot.storage.tables import bundles, codebooks, coders, studies


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    codebook: Codebook
    at: datetime


@dataclass(frozen=True, slots=True)
class _Human:
    study_id: int
    name: str


@dataclass(frozen=True, slots=True)
class _Setting:
    study_id: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class NewBundle:
    """A bundle to be registered; `manifest` is its plain form."""

    fingerprint: str
    name: str
    architecture: str
    codebook: Codebook
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Model:
    study_id: int
    bundle: NewBundle
    at: datetime


class Studies:
    """Reads and writes studies and who codes in them."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def open(self, name: str, codebook: Codebook) -> Study:
        """Return the study called `name`, made if there is none.

        A codebook of another content than the study's current one is recorded and becomes
        current; codings keep the version they were made with.
        """
        at = self._connections.clock()
        return await self._connections.write(_open, _Open(name, codebook, at))

    async def find(self, name: str) -> Study | None:
        """Return the study called `name`, or None."""
        async with self._connections.read() as connection:
            row = (await connection.execute(_study(name))).one_or_none()
        return None if row is None else _to_study(row)

    async def get(self, study_id: int) -> Study:
        """Return a study by its row; raises StorageError if there is none."""
        async with self._connections.read() as connection:
            name = await connection.scalar(select(studies.c.name).where(studies.c.id == study_id))
        found = None if name is None else await self.find(name)
        if found is None:
            raise StorageError(f"there is no study with row {study_id}; name one that is there.")
        return found

    async def set_setting(self, study_id: int, name: str, value: str) -> Study:
        """Set one of the study's settings, the others stay; return the study as it is then."""
        await self._connections.write(_set, _Setting(study_id, name, value))
        return await self.get(study_id)

    async def names(self) -> tuple[str, ...]:
        """Return the names of all studies, oldest first."""
        async with self._connections.read() as connection:
            rows = await connection.execute(select(studies.c.name).order_by(studies.c.id))
            return tuple(rows.scalars())

    async def human(self, study_id: int, name: str) -> Coder:
        """Return the person coding under `name`, made if new.

        Raises StorageError if a model of the study has that name.
        """
        return await self._connections.write(_human, _Human(study_id, name))

    async def model(self, study_id: int, bundle: NewBundle) -> Coder:
        """Return the coder that `bundle` is in the study, registered if new.

        It is called as the bundle, or `name@fingerprint` where that name is another's.
        """
        at = self._connections.clock()
        return await self._connections.write(_model, _Model(study_id, bundle, at))

    async def manifest(self, bundle_id: int) -> Mapping[str, Any]:
        """Return the plain form of the manifest of a bundle (its row), as it was registered."""
        query = select(bundles.c.manifest).where(bundles.c.id == bundle_id)
        async with self._connections.read() as connection:
            return dict((await connection.execute(query)).scalar_one())

    async def coders(self, study_id: int) -> tuple[Coder, ...]:
        """Return the study's coders, oldest first."""
        async with self._connections.read() as connection:
            query = _coder().where(coders.c.study_id == study_id).order_by(coders.c.id)
            return tuple(_to_coder(row) for row in await connection.execute(query))


async def codebook_row(connection: AsyncConnection, codebook: Codebook, at: datetime) -> int:
    """Return the row id of this content of a codebook, recorded if new."""
    query = select(codebooks.c.id).where(codebooks.c.hash == codebook.hash)
    found: int | None = await connection.scalar(query)
    if found is not None:
        return found
    content = codebook_to_dict(codebook)
    values = {"hash": codebook.hash, "content": content, "created_at": at}
    return await _inserted(connection, insert(codebooks).values(values), codebooks.c.id)


async def _open(connection: AsyncConnection, items: Sequence[_Open]) -> list[Study]:
    return [await _open_one(connection, item) for item in items]


async def _open_one(connection: AsyncConnection, item: _Open) -> Study:
    version = await codebook_row(connection, item.codebook, item.at)
    row = (await connection.execute(_study(item.name))).one_or_none()
    if row is None:
        values = {
            "name": item.name,
            "codebook_id": version,
            "settings": {},
            "created_at": item.at,
        }
        await connection.execute(insert(studies).values(values))
    elif row.codebook_id != version:
        change = update(studies).where(studies.c.id == row.id).values(codebook_id=version)
        await connection.execute(change)
    else:
        return _to_study(row)
    return _to_study((await connection.execute(_study(item.name))).one())


async def _set(connection: AsyncConnection, items: Sequence[_Setting]) -> list[None]:
    for item in items:
        own = studies.c.id == item.study_id
        present = await connection.scalar(select(studies.c.settings).where(own))
        changed = {**(present or {}), item.name: item.value}
        await connection.execute(update(studies).where(own).values(settings=changed))
    return [None] * len(items)


async def _human(connection: AsyncConnection, items: Sequence[_Human]) -> list[Coder]:
    return [await _human_one(connection, item) for item in items]


async def _human_one(connection: AsyncConnection, item: _Human) -> Coder:
    named = (coders.c.study_id == item.study_id) & (coders.c.name == item.name)
    row = (await connection.execute(_coder().where(named))).one_or_none()
    if row is None:
        values = {"study_id": item.study_id, "name": item.name, "kind": str(CoderKind.HUMAN)}
        await connection.execute(insert(coders).values(values))
        row = (await connection.execute(_coder().where(named))).one()
    if row.kind != CoderKind.HUMAN:
        raise StorageError(
            f"coder {item.name!r} is a model in this study; give the person another name."
        )
    return _to_coder(row)


async def _model(connection: AsyncConnection, items: Sequence[_Model]) -> list[Coder]:
    return [await _model_one(connection, item) for item in items]


async def _model_one(connection: AsyncConnection, item: _Model) -> Coder:
    bundle_id = await _bundle_row(connection, item)
    own = (coders.c.study_id == item.study_id) & (coders.c.bundle_id == bundle_id)
    row = (await connection.execute(_coder().where(own))).one_or_none()
    if row is None:
        short = f"{item.bundle.name}@{item.bundle.fingerprint[:8]}"
        taken = select(coders.c.id).where(
            coders.c.study_id == item.study_id, coders.c.name == item.bundle.name
        )
        name = item.bundle.name if await connection.scalar(taken) is None else short
        values = {
            "study_id": item.study_id,
            "name": name,
            "kind": str(CoderKind.MODEL),
            "bundle_id": bundle_id,
        }
        await connection.execute(insert(coders).values(values))
        row = (await connection.execute(_coder().where(own))).one()
    return _to_coder(row)


async def _bundle_row(connection: AsyncConnection, item: _Model) -> int:
    bundle = item.bundle
    query = select(bundles.c.id).where(bundles.c.fingerprint == bundle.fingerprint)
    found: int | None = await connection.scalar(query)
    if found is not None:
        return found
    values = {
        "fingerprint": bundle.fingerprint,
        "name": bundle.name,
        "architecture": bundle.architecture,
        "codebook_id": await codebook_row(connection, bundle.codebook, item.at),
        "registered_at": item.at,
        "manifest": dict(bundle.manifest),
    }
    return await _inserted(connection, insert(bundles).values(values), bundles.c.id)


async def _inserted(connection: AsyncConnection, statement: Any, column: Any) -> int:
    return int((await connection.execute(statement.returning(column))).scalar_one())


def _study(name: str) -> Select[Any]:
    joined = studies.join(codebooks, codebooks.c.id == studies.c.codebook_id)
    return select(studies, codebooks.c.content).select_from(joined).where(studies.c.name == name)


def _to_study(row: Row[Any]) -> Study:
    codebook = codebook_from_dict(row.content, f"study {row.name}")
    return Study(row.id, row.name, codebook, row.codebook_id, row.settings, row.created_at)


def _coder() -> Select[Any]:
    joined = coders.outerjoin(bundles, bundles.c.id == coders.c.bundle_id)
    return select(coders, bundles.c.fingerprint, bundles.c.codebook_id).select_from(joined)


def _to_coder(row: Row[Any]) -> Coder:
    kind = CoderKind(row.kind)
    return Coder(
        row.id, row.study_id, row.name, kind, row.bundle_id, row.fingerprint, row.codebook_id
    )

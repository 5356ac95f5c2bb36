"""Every server's desk; what their studies have in common of models is shared."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count

import structlog

from bot.domain.codebook import Codebook
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError
from bot.inference.pool import Model, Pool
from bot.services.desk import Desk, Setup
from bot.services.ingest import storable
from bot.services.people.abstaining import Abstaining, check_target_error
from bot.services.people.assigning import Assigning, check_audit_share
from bot.services.seats import Seats
from bot.services.study import open_study
from bot.storage.live_rows import Server
from bot.storage.rows import Study
from bot.storage.store import Store

__all__ = ["Desk", "Desks", "Setup"]

_DELETED_TEXT = ("keep", "remove")

_log = structlog.get_logger(__name__)


class Desks:
    """The desks of one platform's servers."""

    def __init__(self, store: Store, pool: Pool | None, platform: Provenance) -> None:
        """Code with the models of `pool`; None: messages are only stored."""
        self._store = store
        self._pool = pool
        self._default: Model | None = None  # held: a new server begins at once
        self._platform = str(platform)
        self._desks: dict[str, Desk] = {}
        self._setting_up = asyncio.Lock()

    async def open(self) -> None:
        """Open the desk of every server in the database; running sessions are coded on.

        Raises BundleError, EncoderError or EngineError for a default model that cannot be loaded.
        """
        await self.load()
        for server in await self._store.servers.all():
            if server.platform == self._platform:
                await self._open(server, await self._store.studies.get(server.study_id))

    async def load(self) -> None:
        """Load the model of studies without a choice, once; raises as `open` does."""
        if self._pool is not None and self._default is None:
            self._default = await self._pool.take(self._pool.default)

    def of(self, server_id: str) -> Desk | None:
        """Return a server's desk, None before it is set up."""
        return self._desks.get(server_id)

    def all(self) -> tuple[Desk, ...]:
        """Return every desk."""
        return tuple(self._desks.values())

    async def set_up(self, server_id: str, setup: Setup) -> Desk:
        """Set a server up, or change how it is; return its desk, the same one from then on.

        Raises InputError, with nothing changed: for a first setup without a codebook, another
        codebook while a session runs, a scenario that is too long for the model, a
        `deleted_text` that is neither "keep" nor "remove", and an `audit_share` or `target_error`
        that is none.
        """
        async with self._setting_up:
            desk = self._desks.get(server_id)
            await self._check(desk, setup)
            study = await self._study(desk, setup)
            if setup.scenarios is not None:
                await self._store.scenario_lists.replace(study.id, setup.scenarios)
            if setup.deleted_text is not None:
                study = await self._store.studies.set_setting(
                    study.id, "deleted_text", setup.deleted_text
                )
            if setup.audit_share is not None:
                study = await Assigning(self._store, study).set_audit_share(setup.audit_share)
            if setup.target_error is not None:
                study = await Abstaining(self._store, study).set_target(setup.target_error or None)
            server = await self._save(server_id, desk, study, setup)
            if desk is None:
                return await self._open(server, study)
            await desk.change(server, study)
            return desk

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing waits to be coded at any desk, `seconds` at most.

        Return whether everything is coded.
        """
        lives = [desk.live for desk in self._desks.values() if desk.live is not None]
        try:
            async with asyncio.timeout(seconds):
                return all(await asyncio.gather(*map(_drained, lives)))
        except TimeoutError:
            return False

    async def close(self) -> None:
        """Close every desk; what waits stays pending for the next start. May be called again."""
        for desk in self._desks.values():
            await desk.close()
        if self._pool is not None and self._default is not None:
            default, self._default = self._default, None
            await self._pool.give_back(default)

    async def _open(self, server: Server, study: Study) -> Desk:
        desk = Desk(self._store, server, study, self._pool)
        try:
            await desk.open()
        except BaseException:
            await desk.close()
            raise
        self._desks[server.external_id] = desk
        if desk.problem is not None:
            _log.warning("a server's messages are stored and not coded", server=server.id)
        return desk

    async def _check(self, desk: Desk | None, setup: Setup) -> None:
        if setup.deleted_text not in (None, *_DELETED_TEXT):
            raise InputError(
                f"deleted texts cannot be handled as {setup.deleted_text!r}",
                f"say {' or '.join(_DELETED_TEXT)}",
            )
        if setup.audit_share is not None:
            check_audit_share(setup.audit_share)
        check_target_error(setup.target_error or None)
        if desk is not None:
            desk.check(setup.scenarios or ())
        elif self._default is not None:
            for scenario in setup.scenarios or ():
                self._default.encoder.check_scenario(scenario)
        if desk is None:
            if setup.codebook is None:
                raise InputError(
                    "this server has no codebook yet", "give a .toml or .csv file with codebook:"
                )
        elif _differs(setup.codebook, desk.study) and (running := await desk.conduct.running()):
            raise InputError(
                f"the codebook cannot change while session {running[0].name!r} is running",
                "end the session first",
            )

    async def _study(self, desk: Desk | None, setup: Setup) -> Study:
        if desk is None and setup.codebook is not None:
            name = await self._free_name(storable(setup.name).strip() or "study")
            return await open_study(self._store, name, setup.codebook)
        if desk is None:
            raise ValueError("a first setup needs a codebook")
        if setup.codebook is None:
            return desk.study
        return await open_study(self._store, desk.study.name, setup.codebook)

    async def _free_name(self, name: str) -> str:
        """Return `name`, or it with a number: no study that holds anything is taken over."""
        held = {server.study_id for server in await self._store.servers.all()}
        candidate = name
        for number in count(2):
            study = await self._store.studies.find(candidate)
            # One without a session is what a setup leaves that did not come to its end.
            if study is None or (
                study.id not in held and not await self._store.sessions.all(study.id)
            ):
                break
            candidate = f"{name} ({number})"
        return candidate

    async def _save(self, server_id: str, desk: Desk | None, study: Study, setup: Setup) -> Server:
        before = None if desk is None else desk.server
        return await self._store.servers.save(
            study.id,
            self._platform,
            server_id,
            staff_channel=setup.staff_channel or (before.staff_channel if before else None),
            researcher_role=setup.researcher_role or (before.researcher_role if before else None),
            coder_role=setup.coder_role or (before.coder_role if before else None),
        )


def _differs(codebook: Codebook | None, study: Study) -> bool:
    return codebook is not None and codebook.hash != study.codebook.hash


async def _drained(live: Seats) -> bool:
    """Wait until a desk's coders have nothing to do; return whether it could code everything."""
    with suppress(Exception):  # it has told the log, and what failed stays pending
        await live.drain()
        return True
    return False

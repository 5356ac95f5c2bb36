"""Group commit: one writer runs whatever waits in one transaction and commits once.

Nothing is delayed on purpose: while a commit is on its way to the disk, operations gather,
and the next transaction takes them all. A caller hears back only after its commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.errors import StorageError, ends_the_transaction, storage_error

Item = TypeVar("Item")
Result = TypeVar("Result")
Handler = Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Result]]]
"""Writes some items inside the open transaction; returns one result for each, in order."""

_GROUP = 256  # operations a transaction: bounds its memory and how long one can wait
_log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Operation:
    handler: Handler[Any, Any]
    item: Any
    done: asyncio.Future[Any]
    outcome: Any = None
    error: BaseException | None = None


class Writer:
    """The one task that writes. `commits` and `operations` count what it has done."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        self.commits = 0
        self.operations = 0
        self._engine = engine
        self._place = place
        self._waiting: deque[_Operation] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="storage-writer")

    def submit(self, handler: Handler[Item, Result], item: Item) -> asyncio.Future[Result]:
        """Queue an operation; the future ends when it is durable, or with its error.

        Operations run in the order of submission. Neighbours with the same handler reach it
        together. What is submitted without waiting in between while nothing else waits shares
        a transaction. Await the future through `asyncio.shield` (as `run` does): the operation is
        carried out even when nobody waits for it any more.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._closing:
            done.set_exception(StorageError(f"{self._place}: the store is closed; open it again."))
            done.exception()
            return done
        done.add_done_callback(_seen)
        self._waiting.append(_Operation(handler, item, done))
        self._wake.set()
        return done

    async def run(self, handler: Handler[Item, Result], item: Item) -> Result:
        """Carry out one operation and return its result once it is durable."""
        return await asyncio.shield(self.submit(handler, item))

    async def close(self) -> None:
        """Write what waits, then stop. May be called again."""
        self._closing = True
        self._wake.set()
        await asyncio.shield(asyncio.gather(self._task, return_exceptions=True))

    async def _run(self) -> None:
        group: list[_Operation] = []
        try:
            while True:
                if not self._waiting:
                    if self._closing:
                        return
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                group = [self._waiting.popleft() for _ in range(min(_GROUP, len(self._waiting)))]
                await self._commit(group)
        finally:  # also when the loop is torn down: nobody is left waiting
            self._closing = True
            for operation in (*group, *self._waiting):
                if not operation.done.done():
                    operation.done.cancel()

    async def _commit(self, group: list[_Operation]) -> None:
        try:
            async with self._engine.connect() as connection, connection.begin():
                for run in _runs(group):
                    await self._savepoint(connection, run)
        except Exception as error:  # noqa: BLE001 - every waiter of the group is told
            for operation in group:
                operation.error = self._spoken(error)
            # No error of the log: every caller is told, and says it.
            _log.info("group failed", operations=len(group), error=type(error).__name__)
        else:
            self.commits += 1
            self.operations += len(group)
        for operation in group:
            if operation.done.done():
                continue
            if operation.error is not None:
                operation.done.set_exception(operation.error)
            else:
                operation.done.set_result(operation.outcome)

    async def _savepoint(self, connection: AsyncConnection, run: list[_Operation]) -> None:
        """Run neighbours together; if that fails, each alone, so that one fails alone."""
        try:
            async with connection.begin_nested():
                outcomes = await run[0].handler(connection, [o.item for o in run])
        except Exception as error:
            if ends_the_transaction(error):
                raise
            if len(run) == 1:
                run[0].error = self._spoken(error)
                return
            for operation in run:
                await self._savepoint(connection, [operation])
        else:
            for operation, outcome in zip(run, outcomes, strict=True):
                operation.outcome = outcome

    def _spoken(self, error: Exception) -> BaseException:
        if not isinstance(error, SQLAlchemyError):
            return error
        spoken = storage_error(error, self._place)
        spoken.__cause__ = error
        return spoken


def _seen(done: asyncio.Future[Any]) -> None:
    """Take note of an error whose caller has gone: it is not an unhandled one."""
    if not done.cancelled():
        done.exception()


def _runs(group: list[_Operation]) -> Iterator[list[_Operation]]:
    for _, neighbours in groupby(group, key=lambda o: o.handler):
        yield list(neighbours)

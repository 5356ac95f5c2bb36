"""How the parts of the store reach the database: one writer, readers, and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.errors import speaking
from bot.storage.sqlite import (
    file_of,
    is_sqlite,
    place,
    reader_engine,
    stands_still,
    writer_engine,
)
from bot.storage.writer import Handler, Item, Result, Writer

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present, aware and UTC."""
    return datetime.now(UTC)


class Connections:
    """One open database. Built and closed by the Store."""

    def __init__(self, url: URL, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.place = place(url)
        self._url = url
        self._writing = writer_engine(url)
        self._reading = reader_engine(url)
        self.writer = Writer(self._writing, self.place)

    def only_reads(self) -> bool:
        """Tell whether nothing can be written where the database stands."""
        return is_sqlite(self._url) and stands_still(file_of(self._url))

    async def write(self, handler: Handler[Item, Result], item: Item) -> Result:
        """Carry out one operation; return its result once it is on disk."""
        return await self.writer.run(handler, item)

    def submit(self, handler: Handler[Item, Result], item: Item) -> asyncio.Future[Result]:
        """Queue one operation, in order; see Writer.submit."""
        return self.writer.submit(handler, item)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one snapshot of the database until the block ends."""
        with speaking(self.place):
            async with self._reading.connect() as connection:
                yield connection

    async def close(self) -> None:
        """Write what waits and let go of the files. May be called again."""
        await self.writer.close()
        with speaking(self.place):
            await self._reading.dispose()
            await self._writing.dispose()

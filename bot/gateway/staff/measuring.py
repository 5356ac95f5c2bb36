"""A study's reliability for the bot: measured and drawn by a worker thread, through `exports`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.services.reliability import StudyReliability, study_reliability
from bot.storage.rows import Study
from bot.storage.store import Store

PICTURE = "reliability.png"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was measured, and its picture."""

    found: StudyReliability
    picture: Path


def measure_and_draw(
    url: str, study: Study, session: str | None, folder: Path, *, of_units: bool, blind: bool
) -> Drawn:
    """Measure a study, or one session of it, and draw it into `folder`. Blocks.

    Raises InputError where there are no two coders to compare.
    """
    from exports.reliability.picture import draw  # noqa: PLC0415 - matplotlib takes a second

    found = asyncio.run(_measured(url, study, session, of_units=of_units, blind=blind))
    picture = folder / PICTURE
    draw(found, picture)
    return Drawn(found, picture)


async def _measured(
    url: str, study: Study, session: str | None, *, of_units: bool, blind: bool
) -> StudyReliability:
    async with await Store.open(url) as store:
        return await study_reliability(
            store, study, session=session, of_units=of_units, blind=blind
        )

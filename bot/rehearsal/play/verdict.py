"""What became of everything that was said: read from the database when the bot has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import aclosing
from dataclasses import dataclass

from bot.domain.coding import Act, CoderKind, standing
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts, and the ids of what went wrong.

    `lost` were said and not stored, `uncoded` stored and not coded, `strange` stored and never
    said. `doubled` were stored twice, or coded twice by the model although nothing was edited.
    """

    said: int
    stored: int
    coded: int
    corrected: int
    confirmed: int
    lost: tuple[str, ...]
    uncoded: tuple[str, ...]
    doubled: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether everything was stored once and coded once."""
        return not (self.lost or self.uncoded or self.doubled or self.strange)


async def judge(url: str, said: Collection[str], deleted: Collection[str] = ()) -> Verdict:
    """Return what the database at `url` holds of the messages `said`, by their ids.

    Those `deleted` need not be coded. The database holds one study, that of the rehearsal.
    """
    stored: Counter[str] = Counter()
    codings: Counter[tuple[str, int]] = Counter()  # by message and revision
    acts: Counter[Act] = Counter()
    async with await Store.open(url) as store:
        for name in await store.studies.names():
            study = await store.studies.find(name)
            if study is None:
                continue
            async with aclosing(store.transcripts.stream(study.id)) as stream:
                async for found in stream:
                    stored.update(m.id for m in found.discussion.messages)
                    for coding in (c for given in found.codings.values() for c in standing(given)):
                        if coding.kind is CoderKind.MODEL:
                            codings[coding.message_id, coding.revision] += 1
                        else:
                            acts[coding.act] += 1
    coded = {message for message, _ in codings}
    twice = {message for (message, _), count in codings.items() if count > 1}
    known = set(said)
    return Verdict(
        said=len(known),
        stored=len(stored),
        coded=len(coded),
        corrected=acts[Act.CORRECTED],
        confirmed=acts[Act.CONFIRMED],
        lost=tuple(sorted(known - stored.keys())),
        uncoded=tuple(sorted(stored.keys() - coded - set(deleted))),
        doubled=tuple(sorted({m for m, count in stored.items() if count > 1} | twice)),
        strange=tuple(sorted(stored.keys() - known)),
    )

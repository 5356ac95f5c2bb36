"""What a file says of the study that it was written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.codebook import Codebook
from bot.storage.rows import Coder, Study
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class About:
    """A study's name, codebook and coders, people and model versions, oldest first.

    `created_at` is the study's: files hold no time of their own making, so that the same data
    gives the same bytes.
    """

    study: str
    codebook: Codebook
    coders: tuple[Coder, ...]
    created_at: datetime

    @classmethod
    async def read(cls, store: Store, study: Study) -> About:
        """Return what there is to say of a stored study."""
        coders = await store.studies.coders(study.id)
        return cls(study.name, study.codebook, coders, study.created_at)

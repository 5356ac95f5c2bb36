"""Where a study's thoughts may have been split: what the rule proposes, and what of it is left."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import InputError
from bot.domain.units import boundaries, latest_by_coder
from bot.storage.rows import Coder, Study
from bot.storage.store import Store
from bot.storage.unit_links import DiscussionState


@dataclass(frozen=True, slots=True)
class Place:
    """Two messages of a discussion (its row), by their ids; `sequence` is the second's."""

    discussion_id: int
    thread_id: str
    previous: str
    message: str
    sequence: int


class Proposals:
    """What the rule proposes in the discussions of one study."""

    def __init__(self, store: Store, study: Study) -> None:
        self._store = store
        self._study = study
        # What the rule proposes in a discussion, as long as nothing in it changes.
        self._known: dict[int, tuple[DiscussionState, tuple[Place, ...]]] = {}

    def proposed(self, place: Place) -> bool:
        """Tell whether the rule proposed a place, as the log was when it was last asked."""
        known = self._known.get(place.discussion_id)
        return known is not None and place in known[1]

    async def left(self, coder: Coder) -> list[Place]:
        """Return the proposals that the coder has not decided on, in the order of the log."""
        links = await self._store.unit_links.of_study(self._study.id)
        left: list[Place] = []
        for state in await self._store.unit_links.states(self._study.id):
            own = latest_by_coder(links.get(state.row, ()))
            for place in await self._places(state):
                link = own.get((coder.name, place.message))
                if link is None or link.previous_id != place.previous:
                    left.append(place)
        return left

    async def beyond(self, left: list[Place], after: int) -> list[Place]:
        """Return those of the places `left` that come later in the log than a message (its row)."""
        message = await self._store.queue.message(self._study.id, after)
        if message is None:
            raise unknown()
        here, sequence = message.discussion_id, message.message.sequence
        states = await self._store.unit_links.states(self._study.id)
        order = {state.row: n for n, state in enumerate(states)}
        passed = (order.get(here, -1), sequence)
        return [p for p in left if (order.get(p.discussion_id, -1), p.sequence) > passed]

    async def _places(self, state: DiscussionState) -> tuple[Place, ...]:
        """Return what the rule proposes in a discussion; it is read again only once changed."""
        known = self._known.get(state.row)
        if known is not None and known[0] == state:
            return known[1]
        stored = await self._store.messages.of_discussion(state.row)
        deleted = {s.message.id for s in stored if s.deleted_at is not None}
        places = tuple(
            Place(state.row, state.thread_id, b.previous.id, b.message.id, b.message.sequence)
            for b in boundaries([s.message for s in stored])
            if b.proposed and not {b.previous.id, b.message.id} & deleted
        )
        self._known[state.row] = (state, places)
        return places


def unknown() -> InputError:
    """Return what is said of a message that the study does not have."""
    return InputError(
        "this message is not stored in this study", "open the next with /review units"
    )

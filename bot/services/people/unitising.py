"""Unitising: which messages are one thought, as people confirm or undo what a rule proposes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.domain.errors import InputError
from bot.domain.units import Boundary, Link, latest_by_coder, standing_links
from bot.domain.window import Window, window
from bot.services.people.boundary_agreement import BoundaryAgreement, Decisions, agreement_of
from bot.services.people.proposals import Place, Proposals, unknown
from bot.storage.rows import Coder, StoredMessage, Study
from bot.storage.store import Store
from bot.storage.unit_links import DiscussionState

__all__ = ["BoundaryAgreement", "Proposal", "Unitising"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place where a thought may have been split, as it is put to a coder.

    `left` counts the coder's proposals that are not decided, this one among them while it is
    none. `decided_by` names the others who decided on it, and not what.
    """

    boundary: Boundary
    previous: StoredMessage
    message: StoredMessage
    window: Window
    left: int
    decided_by: tuple[str, ...]


class Unitising:
    """People's work on the units of analysis of one study.

    Every coder decides alone: nobody is shown what others decided before they did.
    """

    def __init__(self, store: Store, study: Study, window: int) -> None:
        """Show windows of up to `window` messages."""
        self._store = store
        self._study = study
        self._limit = window
        self._deciding = asyncio.Lock()
        self._proposals = Proposals(store, study)

    async def next(self, coder: Coder, after: int | None = None) -> Proposal | None:
        """Return the first proposal that the coder has not decided on, None without any.

        Sessions as they began, in each threads by first appearance, in each by sequence. With
        `after`, the first beyond the message with that row; InputError for an unknown one.
        """
        left = await self._proposals.left(coder)
        beyond = left if after is None else await self._proposals.beyond(left, after)
        return await self._proposal(beyond[0], coder, len(left)) if beyond else None

    async def decide(
        self, message_row: int, previous_row: int, coder: Coder, *, joined: bool
    ) -> None:
        """Append a coder's decision whether a message goes on with its speaker's one before.

        The rule need not have proposed it. The same decision sent twice is one. Raises
        InputError, with nothing written, for messages that do not follow each other among one
        speaker's own in a discussion, and for deleted ones.
        """
        async with self._deciding:
            previous, message = await self._pair(previous_row, message_row)
            links = await self._store.unit_links.of_discussion(message.discussion_id)
            own = latest_by_coder(links).get((coder.name, message.message.id))
            if own is None or (own.previous_id, own.joined) != (previous.message.id, joined):
                add = self._store.unit_links.add
                await add(message.id, previous.id, coder.id, joined=joined)

    async def undo(self, coder: Coder) -> Proposal:
        """Take back the coder's last decision that stands; return what it was on.

        Others' decisions stay, and the coder's earlier one on the same message, if there was
        one, counts again. Raises InputError if none of theirs stands.
        """
        async with self._deciding:
            discussion, link = await self._last(coder)
            find = self._store.messages.find
            message = await find(self._study.id, discussion.thread_id, link.message_id)
            if message is None:
                raise unknown()
            add = self._store.unit_links.add
            await add(message.id, message.id, coder.id, joined=False)
        place = Place(
            discussion.row,
            discussion.thread_id,
            link.previous_id,
            link.message_id,
            message.message.sequence,
        )
        return await self._proposal(place, coder, len(await self._proposals.left(coder)))

    async def agreement(self) -> BoundaryAgreement:
        """Return how far people agree, over the boundaries that two or more decided on."""
        decisions: Decisions = {}
        links = await self._store.unit_links.of_study(self._study.id)
        for state in await self._store.unit_links.states(self._study.id):
            for (name, _), link in latest_by_coder(links.get(state.row, ())).items():
                boundary = (state.thread_id, state.row, link.message_id, link.previous_id)
                decisions.setdefault(boundary, {})[name] = link.joined
        # A thousand resamples take a moment, in which the live bot has other things to do.
        return await asyncio.to_thread(agreement_of, decisions)

    async def _proposal(self, place: Place, coder: Coder, left: int) -> Proposal:
        previous, message = await self._messages(place)
        target = message.message
        earlier = await self._store.messages.before(
            message.discussion_id, target.sequence, self._limit
        )
        links = await self._store.unit_links.of_discussion(place.discussion_id)
        decided_by = {
            name
            for (name, _), link in latest_by_coder(links).items()
            if (link.message_id, link.previous_id) == (place.message, place.previous)
        }
        return Proposal(
            Boundary(previous.message, target, proposed=self._proposals.proposed(place)),
            previous,
            message,
            window(earlier, message.scenario, target, self._limit),
            left,
            tuple(sorted(decided_by - {coder.name})),
        )

    async def _last(self, coder: Coder) -> tuple[DiscussionState, Link]:
        """Return the coder's last decision that stands, and where; InputError without any."""
        last: tuple[DiscussionState, Link] | None = None
        links = await self._store.unit_links.of_study(self._study.id)
        for state in await self._store.unit_links.states(self._study.id):
            for link in standing_links(links.get(state.row, ())):
                if link.coder == coder.name and (last is None or link.at >= last[1].at):
                    last = state, link
        if last is None:
            raise InputError(
                "no decision of yours on units stands", "there is nothing to take back"
            )
        return last

    async def _messages(self, place: Place) -> tuple[StoredMessage, StoredMessage]:
        """Return the two messages of a place, as they now stand."""
        find = self._store.messages.find
        previous = await find(self._study.id, place.thread_id, place.previous)
        message = await find(self._study.id, place.thread_id, place.message)
        if previous is None or message is None:
            raise unknown()
        return previous, message

    async def _pair(self, previous_row: int, row: int) -> tuple[StoredMessage, StoredMessage]:
        """Return two messages that may be one thought; InputError if they may not."""
        previous = await self._store.queue.message(self._study.id, previous_row)
        message = await self._store.queue.message(self._study.id, row)
        if previous is None or message is None:
            raise unknown()
        if previous.deleted_at is not None or message.deleted_at is not None:
            raise InputError(
                "one of the two messages was deleted by its author",
                "choose two that are still there",
            )
        discussion = await self._store.messages.of_discussion(message.discussion_id)
        speaker, sequence = message.message.speaker, message.message.sequence
        own = [
            s.id
            for s in discussion
            if s.message.speaker == speaker and s.message.sequence < sequence
        ]
        if own[-1:] != [previous.id]:
            raise InputError(
                "the two messages do not follow each other among one speaker's own",
                "choose a message and the one that its author wrote just before it in the "
                "same scenario",
            )
        return previous, message

"""What a coder may see of a message, and what they have been shown: the one place that tells.

Others' codes are hidden from a coder while the message is to be coded blind (it belongs to the
random audit slice, or to a blind assignment of theirs) and no decision of their own stands on
it as it now reads. Whoever was shown others' codes (a mark tells so, or an earlier decision of
theirs) may code still, or take their own back and code anew, but no longer blind: that is kept
with the coding as `seen`.

A thought that its author split over several messages is one unit: what holds for one of its
messages holds for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.assignment import Sampling, coders_of
from bot.domain.coding import (
    Coding,
    Seen,
    Verified,
    last_of,
    of_model,
    standing,
    together,
    verified,
    verified_code,
)
from bot.domain.units import units
from bot.storage.rows import Coder, Mark, StoredMessage, Study
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """A message with all that was decided on it, and what people did with it beside that."""

    stored: StoredMessage
    codings: tuple[Coding, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """What a coder may see of a unit of analysis.

    `blind` tells that it is to be coded without sight of others' codes, `own` is the coder's
    decision that stands on it as it now reads, `tasked` whether it is assigned to them, and
    `seen` what they had been shown if they decided now.
    """

    blind: bool
    own: Coding | None
    tasked: bool
    seen: Seen

    @property
    def hidden(self) -> bool:
        """Whether others' codes, notes and confidences must not reach the coder now."""
        return self.blind and self.own is None


def sight(coder: str, unit: Sequence[Known], sampling: Sampling, session: str) -> Sight:
    """Return what `coder` may see of a unit (its messages in order) in a session."""
    places = [(session, k.stored.message.thread_id, k.stored.message.id) for k in unit]
    own = [c for known in unit if (c := own_decision(known, coder)) is not None]
    blind = any(sampling.blind(coder, *place) for place in places)
    decided = max(own, key=lambda c: c.at) if own else None
    others = any(c.coder != coder for known in unit for c in known.codings)
    shown = any(
        any(m.coder == coder and m.kind == "shown" for m in known.marks)
        or any(c.coder == coder and c.seen is Seen.CODES for c in known.codings)
        for known in unit
    )
    unseen = not shown and (blind or not others)
    return Sight(
        blind=blind,
        own=decided,
        tasked=any(coder in (sampling.assigned(*place) or ()) for place in places),
        seen=Seen.NOTHING if unseen else Seen.CODES,
    )


def own_decision(known: Known, coder: str) -> Coding | None:
    """Return the coder's decision that stands on a message as it now reads, or None."""
    last = last_of(standing(known.codings), coder)
    return last if last is not None and last.revision == known.stored.message.revision else None


def to_be_coded_blind(sampling: Sampling, session: str, thread_id: str, message_id: str) -> bool:
    """Tell whether a message, which nobody has coded yet, is to be coded blind by anybody.

    Nothing that everybody may read, such as the staff's panel, shows the codes of such a one.
    """
    if sampling.audited(thread_id, message_id):
        return True
    return any(a.blind for a in sampling.covering(session, thread_id, message_id))


@dataclass(frozen=True, slots=True)
class Read:
    """A message with its unit as stored, and what the coder asked for may see of it.

    `unit` are the unit's messages in order, with the message itself; `assigned` are the coders
    who are to code one of them, None where nobody is. `sight` is None where no coder was given.
    """

    known: Known
    unit: tuple[Known, ...]
    assigned: frozenset[str] | None
    sight: Sight | None

    @property
    def codings(self) -> tuple[Coding, ...]:
        """The codings of the unit, as `together` puts them."""
        return together(known.codings for known in self.unit)

    @property
    def verified(self) -> Verified | None:
        """What people settled on for the unit, by the rule."""
        return verified(self.codings, self.assigned)

    def counts(self, without: Coding | None = None) -> str | None:
        """Return the code that counts: the verified one, else the model's last, else None.

        With `without`, the one that would count had that decision not been made.
        """
        left = [c for c in standing(self.codings) if c is not without]
        model = of_model(self.known.codings)
        settled = verified_code(left, self.assigned)
        return model.code if settled is None and model is not None else settled


async def read_sight(
    store: Store, study: Study, stored: StoredMessage, coder: Coder | None
) -> Read:
    """Return what is known of a message and its unit, and what `coder` may see of it."""
    sampling = await store.assignments.sampling(study.id)
    names = {s.id: s.name for s in await store.sessions.all(study.id)}
    session = names[stored.session_id]
    unit = tuple([await _known(store, member) for member in await _unit(store, stored)])
    messages = [known.stored.message for known in unit]
    return Read(
        known=next(k for k in unit if k.stored.id == stored.id),
        unit=unit,
        assigned=coders_of(
            a for m in messages for a in sampling.covering(session, m.thread_id, m.id)
        ),
        sight=None if coder is None else sight(coder.name, unit, sampling, session),
    )


async def _unit(store: Store, stored: StoredMessage) -> tuple[StoredMessage, ...]:
    """Return the messages of a message's unit, in order, as they now stand."""
    links = await store.unit_links.of_discussion(stored.discussion_id)
    if not any(link.joined for link in links):
        return (stored,)
    said = await store.messages.of_discussion(stored.discussion_id)
    first = units([s.message for s in said], links)
    own = first.get(stored.message.id)
    return tuple(s for s in said if first[s.message.id] == own) or (stored,)


async def _known(store: Store, stored: StoredMessage) -> Known:
    codings = await store.codings.of_message(stored.id)
    return Known(stored, codings, await store.marks.of_message(stored.id))

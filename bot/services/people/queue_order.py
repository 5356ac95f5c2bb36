"""In which order a coder is given what is left: least certain first with an audit, or as said.

Least certain first comes in two kinds: all that is left, or only what lies below the threshold
that the study's target error sets, with the audit slice, which goes on above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

_EVERY = 10  # at least every tenth item is of the audit slice, while any of it is left


class Order(StrEnum):
    """How a coder goes through their messages."""

    UNCERTAIN = "uncertain"
    SEQUENTIAL = "sequential"
    BELOW = "below"


class Task(NamedTuple):
    """A unit of analysis that a coder has yet to code.

    `row` is that of its last message, `place` its rank in the order of the log. `confidence` is
    the model's, None where no model has coded it as it stands; `audit` its place, from 0 to 1,
    in the random order of the audit slice, None outside it. `skipped` is the row of the mark by
    which the coder last put it off, None if they did not. `below` tells whether it goes to people
    under the study's target error; without one everything does.
    """

    row: int
    place: int
    confidence: float | None
    audit: float | None
    skipped: int | None
    below: bool = True


def audit_period(audit_share: float) -> int:
    """Return of how many items one is taken from the audit slice: as its share, 10 at most."""
    return _EVERY if audit_share * _EVERY <= 1 else max(1, int(1 / audit_share))


def first(
    tasks: Sequence[Task], order: Order, *, done: int, audited: int, period: int
) -> Task | None:
    """Return which task comes next, None without any.

    What was skipped comes last, that skipped longest ago first. In the uncertain order, of
    every `period` items one is of the audit slice, in its own random order, which no code has
    any part in; the others are the least certain first, then what no model has coded, of what
    lies below the threshold and then of the rest. In the order below, that rest never comes.
    `done` is how many tasks the coder has done, `audited` how many of them were of the audit slice.
    """
    if order is Order.BELOW:
        tasks = [t for t in tasks if t.below or t.audit is not None]
    fresh = [t for t in tasks if t.skipped is None]
    if not fresh:
        return min(tasks, key=lambda t: t.skipped or 0, default=None)
    if order is Order.SEQUENTIAL:
        return min(fresh, key=lambda t: t.place)
    audit = min((t for t in fresh if t.audit is not None), key=_audit_place, default=None)
    other = min((t for t in fresh if t.audit is None), key=_certainty, default=None)
    if audit is None or (other is not None and audited * period > done):
        return other
    return audit


def _audit_place(task: Task) -> tuple[float, int]:
    return (0.0 if task.audit is None else task.audit, task.place)


def _certainty(task: Task) -> tuple[bool, float, int]:
    # A probability is 1 at most: what no model has coded comes after all that one has.
    return (not task.below, 2.0 if task.confidence is None else task.confidence, task.place)

"""How good the final transcript gets when people look at what the coder is least sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.reliability.risk_control import HeldOut, Threshold, threshold
from training.scored import Scored

TARGETS = (0.05, 0.10, 0.15)
"""Target errors whose thresholds are shown: shares of the final transcript's messages."""
AGREEMENTS = (0.89, 0.95)
"""Agreements whose price is shown; .89 is what two people reached (Haines et al. 2014)."""
_SHARES = 20  # steps of the curve


@dataclass(frozen=True, slots=True)
class Sent:
    """With the least certain `share` of the messages coded by people, `agreement` is reached.

    People's codes are right by definition here. `below` is the highest confidence that is sent,
    None where nothing is.
    """

    share: float
    agreement: float
    below: float | None


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold of held-out groups on groups that had no part in it.

    `sent` is the share of messages that goes to people, `error` the mean over groups of the share
    of wrong codes that stay (what the guarantee is on), `error_of_messages` the same share over
    all messages at once.
    """

    threshold: Threshold
    sent: float
    error: float
    error_of_messages: float


def curve(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Sent, ...]:
    """Return what 0, 5, ... 100 % of the messages, the least certain first, lead to."""
    n = len(right)
    if not n:
        return ()
    order, agreement = _ordered(confidence, right)
    steps = [round(n * step / _SHARES) for step in range(_SHARES + 1)]
    return tuple(
        Sent(k / n, float(agreement[k]), float(confidence[order[k - 1]]) if k else None)
        for k in steps
    )


def needed(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], agreement: float
) -> Sent | None:
    """Return the smallest share of messages with which `agreement` is reached; None for none."""
    n = len(right)
    if not n:
        return None
    order, reached = _ordered(confidence, right)
    k = int(np.argmax(reached >= agreement))  # all sent reaches 1, so there is one
    return Sent(k / n, float(reached[k]), float(confidence[order[k - 1]]) if k else None)


def reached(held_out: Sequence[HeldOut], target: float, scored: Scored) -> Reached | None:
    """Return what the threshold of `held_out` groups does to `scored`; None for no messages."""
    if not len(scored.message_ids):
        return None
    found = threshold(held_out, target)
    left = (scored.confidence >= found.below) & ~scored.right
    names, places = np.unique(np.array(scored.groups), return_inverse=True)
    of_groups = np.bincount(places, left, len(names)) / np.bincount(places, minlength=len(names))
    return Reached(
        found,
        float((scored.confidence < found.below).mean()),
        float(of_groups.mean()),
        float(left.mean()),
    )


def _ordered(
    confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the order by confidence, and the agreement (n + 1,) with the first k sent."""
    order = np.argsort(confidence, kind="stable")
    found = np.concatenate([[0], np.cumsum(~right[order])])
    return order.astype(np.int64), 1 - (found[-1] - found) / len(right)

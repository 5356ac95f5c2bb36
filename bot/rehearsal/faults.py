"""What can go wrong with requests, on order: rate limits, failing servers, slow answers.

The gateway's faults (drops, lost events) are methods of the hub: they happen to connections,
these happen to requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to happen to one request instead of, or before, its answer.

    After `seconds` it is answered with `status`; None lets it through. A 429 comes with
    `retry_after` in seconds and tells whether the limit is `everywhere` or the route's own.
    """

    status: int | None = None
    seconds: float = 0.0
    retry_after: float = 0.0
    everywhere: bool = False


@dataclass(slots=True)
class _Order:
    routes: re.Pattern[str]
    fault: Fault
    left: int


@dataclass(slots=True)
class Faults:
    """Faults that were ordered and have not happened yet; `happened` counts those that did.

    Routes are regular expressions that are searched in "METHOD /path", as
    "POST /channels/123/messages"; each order is for so many requests.
    """

    happened: int = 0
    _orders: list[_Order] = field(default_factory=list)

    def storm(
        self, routes: str, count: int, retry_after: float = 0.05, *, everywhere: bool = False
    ) -> None:
        """Answer the next `count` requests to `routes` with 429, to be tried again later."""
        self._order(routes, Fault(429, 0.0, retry_after, everywhere), count)

    def failing(self, routes: str, status: int, count: int) -> None:
        """Answer the next `count` requests to `routes` with `status`, and do nothing else."""
        if not 400 <= status <= 599:
            raise ValueError(f"status {status} is no failure: give 400 to 599")
        self._order(routes, Fault(status), count)

    def slow(self, routes: str, seconds: float, count: int) -> None:
        """Answer the next `count` requests to `routes` properly, `seconds` later."""
        self._order(routes, Fault(seconds=seconds), count)

    def before(self, method: str, route: str) -> Fault | None:
        """Return what is to happen to this request, and count it as happened; else None."""
        asked = f"{method} {route}"
        for order in self._orders:
            if order.left and order.routes.search(asked):
                order.left -= 1
                self.happened += 1
                return order.fault
        return None

    @property
    def waiting(self) -> int:
        """How many ordered faults have not happened."""
        return sum(order.left for order in self._orders)

    def clear(self) -> None:
        """Forget all orders."""
        self._orders.clear()

    def _order(self, routes: str, fault: Fault, count: int) -> None:
        if count < 1:
            raise ValueError(f"count {count}: order a fault for one request or more")
        self._orders.append(_Order(re.compile(routes), fault, count))

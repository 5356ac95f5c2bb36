"""What people must look at, as `intercoder evaluate` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.figures import number, percent

if TYPE_CHECKING:
    from training.abstention import Reached, Sent
    from training.evaluate import Evaluation

_LAST = 0.5  # shares that are printed; the JSON file has them all


def print_abstention(console: Console, found: Evaluation) -> None:
    """Print the curve, the shares for known agreements, and the thresholds with what they hold."""
    console.print("If people code what the bundle is least sure of, and are right:")
    console.print(_curve(found.metrics.sent_to_people))
    for agreement, sent in found.metrics.needed.items():
        if sent is not None:
            told = f"{float(agreement):.0%} agreement needs people on {sent.share:.1%} of it."
            console.print(told, soft_wrap=True)
    if not found.thresholds:
        console.print(
            "Thresholds that hold on new groups: none, the bundle keeps no results of groups that "
            "it did not learn from (it was split by record, or written by an earlier version).",
            soft_wrap=True,
        )
        return
    console.print(
        "Thresholds that hold on new groups, found on the bundle's validation groups and tried on "
        "the messages above:",
        soft_wrap=True,
    )
    console.print(_thresholds(found.thresholds))
    for line in _guarantees(found.thresholds):
        console.print(escape(line), soft_wrap=True)


def _curve(sent: tuple[Sent, ...]) -> Table:
    columns = ("people code", "final agreement", "confidence up to")
    table = Table(*(Column(name, justify="right") for name in columns))
    for each in sent:
        if each.share <= _LAST:
            table.add_row(percent(each.share), percent(each.agreement), number(each.below))
    return table


def _thresholds(thresholds: tuple[Reached, ...]) -> Table:
    columns = ("target error", "below", "people code", "errors left, by group", "by message")
    table = Table(*(Column(name, justify="right") for name in columns))
    for each in thresholds:
        table.add_row(
            percent(each.threshold.target),
            "everything" if each.threshold.everything else number(each.threshold.below),
            percent(each.sent),
            percent(each.error),
            percent(each.error_of_messages),
        )
    return table


def _guarantees(thresholds: tuple[Reached, ...]) -> Iterator[str]:
    from bot.reliability.risk_control import guarantee  # noqa: PLC0415 - numpy

    for each in thresholds:
        yield f"Target {percent(each.threshold.target)}: {guarantee(each.threshold)}."

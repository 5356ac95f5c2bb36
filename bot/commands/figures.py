"""Measures as people read them."""

from __future__ import annotations


def percent(value: float | None) -> str:
    """Return a share from 0 to 1 as percent, or a dash where it is undefined."""
    return "-" if value is None else f"{value:.1%}"


def percent_interval(low: float | None, high: float | None) -> str:
    """Return a share's 95 % interval as percents, or a dash where it is undefined."""
    return "-" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def number(value: float | None) -> str:
    """Return a measure with three decimals, or a dash where it is undefined."""
    return "-" if value is None else f"{value:.3f}"


def interval(low: float | None, high: float | None) -> str:
    """Return a 95 % interval, or a dash where it is undefined."""
    return "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"

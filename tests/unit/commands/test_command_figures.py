"""A measure and its interval are in one unit."""

from __future__ import annotations

from bot.commands.figures import percent, percent_interval


def test_an_interval_of_a_share_is_in_percent_as_the_share_is():
    assert percent(0.5) == "50.0%"
    assert percent_interval(0.25, 0.75) == "25.0% to 75.0%"
    assert percent_interval(None, 0.75) == percent_interval(0.25, None) == "-"

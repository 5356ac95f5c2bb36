"""The coded transcript as people read it."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.commands.coded_table import coded_table
from bot.domain.codebook import Code, Codebook
from bot.domain.coding import CoderKind, Coding
from bot.domain.discussion import Discussion, Message, Scenario

BOOK = Codebook(
    "b",
    "B",
    "1",
    (Code("AG", "Agreement"), Code("Q", "Query"), Code("UC", "Uncoded", uncoded=True)),
)


def shown(text: str, code: str | None, confidence: float, given: str) -> str:
    """Return the row of one message as printed."""
    message = Message("m", "g", "s", 7, "P1", None, text)
    discussion = Discussion("g", Scenario("s", "The case", "text"), (message,))
    codings = {}
    if code is not None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        codings["m"] = Coding("m", "starter", CoderKind.MODEL, code, at, confidence=confidence)
    out = io.StringIO()
    table = coded_table(discussion, codings, {"m": {"ann": given}}, "ann", BOOK)
    Console(file=out, width=120, force_terminal=True, color_system="standard").print(table)
    return next(line for line in out.getvalue().splitlines() if text in line)


@pytest.mark.parametrize(("code", "given", "verdict"), [("AG", "AG", "ok"), ("AG", "Q", "differs")])
def test_a_row_holds_both_codes_and_whether_they_agree(code, given, verdict):
    row = shown("[b]yes[/b]", code, 0.91, given)
    for part in ("7", "P1", "AG Agreement", "91%", given, verdict):
        assert part in row


@pytest.mark.parametrize(("confidence", "colour"), [(0.8, 32), (0.79, 33), (0.5, 33), (0.49, 31)])
def test_confidence_is_coloured(confidence, colour):
    assert f"\x1b[{colour}m{confidence:.0%}" in shown("yes", "AG", confidence, "UC")


@pytest.mark.parametrize("given", ["UC", ""])
def test_what_people_left_uncoded_is_not_compared(given):
    row = shown("yes", "AG", 0.9, given)
    assert "ok" not in row
    assert "differs" not in row


def test_a_message_that_is_not_coded_yet_says_so():
    row = shown("yes", None, 0, "AG")
    assert "-" in row
    assert "differs" not in row

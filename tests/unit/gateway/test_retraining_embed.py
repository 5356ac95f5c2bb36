"""The report on a retraining as Discord shows it, on a phone, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest
from embed_limits import assert_fits
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.retraining import CodeChange, Figures, Outcome
from bot.gateway.staff.posting import post
from bot.gateway.staff.retraining_embed import retraining_embed, skipped_line
from bot.services.retraining.report import Report, report
from bot.services.retraining.retrainer import Finished
from bot.storage.retrainings import Cause, Retraining, State
from tests.retraining_bench import KEPT

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)
CODES = tuple(
    CodeChange(code, n, before, after, None, None, fell=False)
    for code, n, before, after in (
        ("AG", 20, 0.5, 0.75),
        ("Disagreement with a reason", 12, 0.5, 0.25),
        ("Q", 9, 0.5, 0.5),
        ("OF", 3, None, 0.5),
    )
)


def finished(state: State, outcome: Outcome | None, reason: str = "Because.") -> Finished:
    cause = Cause.NIGHTLY
    row = Retraining(1, 1, cause, state, AT, AT, Path("none"), 9, None, None, reason, {})
    return Finished(row, outcome)


def test_a_promotion_is_told_with_both_coders_figures_and_the_way_back() -> None:
    told = report(finished(State.PROMOTED, replace(KEPT, codes=CODES, left_out_discord=7)))
    embed = retraining_embed("Pilot", told, State.PROMOTED)
    assert embed.title == "A new coder serves: Pilot"
    assert embed.description == "Because."
    assert [field.name for field in embed.fields] == [
        "On the gold messages",
        "Found more often",
        "Found less often",
        "To be said beside it",
        "What you can do",
    ]
    figures, rose, fell, remarks, advice = (str(field.value) for field in embed.fields)
    assert figures.splitlines()[1:-1] == [
        "measure   before  after",
        "accuracy   0.750  0.710",
        "kappa      0.700  0.650",
        "macro-F1   0.600  0.550",
        "ECE        0.050  0.040",
    ]
    assert rose.splitlines()[1:-1] == ["AG         50% >  75%  n=20"]
    assert fell.splitlines()[1:-1] == ["Disagree…  50% >  25%  n=12"]
    assert "Judged on 40 verified messages of 4 groups that no coder learns from." in remarks
    assert "Accuracy -4.0 points (interval -9.0 to +1.0)." in remarks
    assert "7 verified codes came through Discord and taught nothing" in remarks
    assert "`/model rollback`" in advice
    fenced = [line for text in (figures, rose, fell) for line in text.splitlines()]
    assert max(map(len, fenced)) <= 27  # what a phone shows without a break


def test_a_challenger_that_was_not_taken_can_still_be(tmp_path: Path) -> None:
    (tmp_path / "pilot-20260302" / "bundle").mkdir(parents=True)
    kept = finished(State.KEPT, KEPT)
    kept = replace(kept, row=replace(kept.row, folder=tmp_path / "pilot-20260302"))
    assert "`/model promote pilot-20260302`" in report(kept).advice
    assert report(kept).title == "The coder stays as it is"
    assert "`/model" not in report(finished(State.KEPT, KEPT)).advice


def test_without_a_coder_before_there_are_dashes() -> None:
    outcome = replace(KEPT, before=None, after=Figures(4, 0.5, None, 0.5, None))
    told = report(finished(State.PROMOTED, outcome))
    assert told.figures[0] == ("accuracy", "-", "0.500")
    assert told.figures[1] == ("kappa", "-", "-")
    nothing = replace(KEPT, before=None, after=None, difference=None, codes=())
    assert report(finished(State.KEPT, nothing)).figures == ()


def test_a_skipped_night_is_one_line() -> None:
    line = skipped_line("Pilot", report(finished(State.SKIPPED, None, "only 3 codes are new.")))
    assert line.startswith("No retraining tonight (Pilot): only 3 codes are new. The same reason")
    assert "\n" not in line


WORDS = st.text(max_size=400)


@given(
    title=WORDS,
    reason=WORDS,
    codes=st.lists(WORDS, max_size=6),
    remarks=st.lists(WORDS, max_size=40),
    study=WORDS,
)
def test_whatever_is_in_it_discord_takes_it(
    title: str, reason: str, codes: list[str], remarks: list[str], study: str
) -> None:
    changes = tuple(CodeChange(c, 10**6, 0.1, 0.9, 0.1, 0.9, fell=False) for c in codes)
    rows = tuple((name, "0.000", "1.000") for name in ("accuracy", "kappa"))
    told = Report(title, reason, rows, changes, changes, tuple(remarks), "Go back.")
    assert_fits(retraining_embed(study, told, State.KEPT))


class Channel:
    def __init__(self, refuses: bool = False) -> None:
        self.sent: list[tuple[str | None, int]] = []
        self.refuses = refuses
        self.footer: str | None = None

    async def send(self, text=None, *, embed=None, files=()):
        if self.refuses and files:
            response = type("Response", (), {"status": 403, "reason": "no"})()
            raise discord.Forbidden(response, "Missing Permissions")
        self.sent.append((text, len(files)))
        self.footer = None if embed is None else embed.footer.text


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_picture_that_may_not_be_attached_is_left_out_and_said(
    tmp_path: Path, refuses: bool
) -> None:
    picture = tmp_path / "confusion.png"
    picture.write_bytes(b"a picture")
    channel = Channel(refuses)
    embed = discord.Embed(title="Report")
    await post(channel, "", embed, [picture])  # type: ignore[arg-type]
    assert channel.sent == [(None, 0 if refuses else 1)]
    assert (channel.footer is not None) is refuses

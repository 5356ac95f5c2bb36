"""Whatever was written, Discord takes it; and what must not be seen is nowhere in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
from embed_limits import assert_fits, units
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assignment import Assignment
from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, Basis, CoderKind, Coding, Verified
from bot.domain.discussion import Message, Scenario
from bot.domain.units import Boundary
from bot.domain.window import Window
from bot.gateway.staff.agreement_text import audit_line
from bot.gateway.staff.case_embed import case_embed
from bot.gateway.staff.panel_embed import panel_embed
from bot.gateway.staff.progress_text import listed, progress_table, waiting_text
from bot.gateway.staff.queue_embed import queue_embed, totals
from bot.gateway.staff.reliability_embed import reliability_embed
from bot.gateway.staff.turns import Turns
from bot.gateway.staff.unit_embed import unit_embed
from bot.reliability.confusion import confusion
from bot.reliability.measure import measure
from bot.reliability.ratings import Ratings
from bot.services.numbers import SessionNumbers
from bot.services.people.adjudication import Case, Left
from bot.services.people.assigning import CoderProgress
from bot.services.people.coding_pace import pace
from bot.services.people.queue import Item
from bot.services.people.unitising import Proposal
from bot.services.reliability import LiveAgreement, StudyReliability
from bot.storage.assignments import AssignmentRow
from bot.storage.rows import Mark, Note, SessionRow, StoredMessage

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
TEXTS = st.text(max_size=60) | st.just("x" * 4_000) | st.just("👍`*_" * 500)
NAMES = st.text(min_size=1, max_size=30) | st.just("n" * 200)
SAID = st.builds(
    Message, TEXTS, TEXTS, st.just("s"), st.integers(1, 9**9), TEXTS, st.just(AT), TEXTS
)
SCENARIOS = st.builds(Scenario, st.just("s"), TEXTS, TEXTS)
STORED = st.builds(StoredMessage, st.just(1), st.just(1), st.just(1), st.just(0), SCENARIOS, SAID)
CODINGS = st.builds(
    Coding,
    message_id=TEXTS,
    coder=NAMES,
    kind=st.sampled_from(CoderKind),
    code=NAMES,
    at=st.just(AT),
    act=st.sampled_from(Act),
    confidence=st.none() | st.floats(0, 1),
    runner_up=st.none() | NAMES,
    runner_up_confidence=st.none() | st.floats(0, 1),
    note=st.none() | TEXTS,
)
WINDOWS = st.builds(Window, SCENARIOS, st.lists(SAID, max_size=12).map(tuple), SAID)
UNITS = st.lists(SAID, min_size=1, max_size=5).map(tuple)
GIVEN = st.lists(CODINGS, max_size=12).map(tuple)
BOOK = Codebook("b", "Book", "1", (Code("A", "Agree"), Code("B", "Bicker")))
KINDS = ("unsure", "skipped", "edge_case", "shown", "undone")

ITEMS = st.builds(
    Item,
    stored=STORED,
    unit=UNITS,
    window=WINDOWS,
    blind=st.booleans(),
    reply_to=st.none() | SAID,
    model=st.none() | CODINGS,
    codings=GIVEN,
    flagged=st.booleans(),
    own=st.none() | CODINGS,
    done=st.integers(0, 10**6),
    left=st.integers(0, 10**6),
)
CASES = st.builds(
    Case,
    stored=STORED,
    window=WINDOWS,
    codings=GIVEN,
    notes=st.lists(st.builds(Note, TEXTS, NAMES, TEXTS, st.just(AT)), max_size=9).map(tuple),
    marks=st.lists(
        st.builds(
            Mark,
            st.just(1),
            TEXTS,
            NAMES,
            st.sampled_from(KINDS),
            st.just(AT),
            st.just(1),
        ),
        max_size=9,
    ).map(tuple),
    verified=st.none() | st.builds(Verified, NAMES, st.sampled_from(Basis), st.just(("C1",))),
    why=TEXTS,
    left=st.integers(0, 10**6),
    unit=UNITS,
    reply_to=st.none() | SAID,
)
PROPOSALS = st.builds(
    Proposal,
    boundary=st.builds(Boundary, SAID, SAID, st.booleans()),
    previous=STORED,
    message=STORED,
    window=WINDOWS,
    left=st.integers(0, 10**6),
    decided_by=st.lists(NAMES, max_size=20).map(tuple),
)


@given(ITEMS)
def test_any_item_fits(item: Item) -> None:
    assert_fits(queue_embed(item, BOOK))


@given(CASES)
def test_any_case_fits(case: Case) -> None:
    assert_fits(case_embed(case, BOOK))


@given(PROPOSALS)
def test_any_proposal_fits(proposal: Proposal) -> None:
    assert_fits(unit_embed(proposal))


PROGRESS = st.builds(
    CoderProgress,
    NAMES,
    *(st.integers(0, 10**6) for _ in range(4)),  # type: ignore[arg-type]
)
ROWS = st.builds(
    AssignmentRow,
    st.integers(1, 10**6),
    st.builds(
        Assignment,
        NAMES,
        st.floats(0.01, 1),
        st.none() | st.frozensets(st.integers(10**17, 10**19).map(str), max_size=30),
        st.none() | NAMES,
        st.booleans(),
    ),
    st.just(AT),
    st.none() | st.just(AT),
)


@given(st.lists(PROGRESS, max_size=60), st.lists(ROWS, max_size=60))
def test_tables_of_any_length_fit(progress: list[CoderProgress], rows: list[AssignmentRow]) -> None:
    table = progress_table(progress, {p.coder: 7.0 for p in progress}, "C1")
    assert units(table) + 200 <= 2_000
    assert units(listed(rows)) + 400 <= 2_000


@given(st.lists(NAMES, min_size=2, max_size=12, unique=True), st.integers(1, 40))
def test_reliability_of_any_coders_fits(coders: list[str], size: int) -> None:
    codes = tuple(f"{'long ' * 10}{n}" for n in range(size))
    rows = [(f"m{n}", "g", c, codes[n % size]) for n in range(4) for c in coders]
    ratings = Ratings.of(rows)
    found = StudyReliability(
        name="x" * 300,
        session=None,
        of_units=False,
        blind=False,
        left_out=(),
        people=tuple(coders),
        models=(),
        overall=measure(ratings, resamples=2),
        by_session=(),
        over_time=(),
        confusion=confusion(ratings, coders[0], coders[1]),
        notes=("a note " * 100,) * 9,
    )
    assert_fits(reliability_embed(found))


def test_a_coder_who_is_done_reads_their_totals() -> None:
    assert totals(CoderProgress("C1", 80, 77, 3, 0)) == (
        "**Nothing is left for you.** You have coded 77 of 80 messages, and marked 3 as unsure."
    )
    assert "no message is yours" in totals(None)


def test_the_panel_tells_of_the_blind_audit_in_one_line() -> None:
    found = LiveAgreement(34, 0.8, 0.712, 0.52, 0.846, 0.05)
    line = "Blind audit: kappa .71 (.52 to .85) from 34 messages; valid however often you look"
    assert audit_line(found) == line
    session = SessionRow(1, 1, "monday", AT, None)
    numbers = SessionNumbers(session, (), 0, 0, 0, None, None, (), (), 0)
    embed = panel_embed(numbers, "7", None, "https://discord.com", found)
    assert line in str(embed.description).splitlines()
    assert "kappa -" in audit_line(LiveAgreement(0, None, None, None, None, 0.05))
    assert audit_line(LiveAgreement(1, 1.0, None, -1.0, 1.0, 0.05)) == (
        "Blind audit: kappa - from 1 message"
    )
    assert "(-.05 to 1.00)" in audit_line(LiveAgreement(2, 1.0, 0.5, -0.05, 1.0, 0.05))
    assert isinstance(embed.colour, discord.Colour)


def test_pace_is_the_median_without_pauses() -> None:
    seconds = (0, 10, 30, 60, 4_000, 4_010)
    assert pace([AT + timedelta(seconds=s) for s in seconds]) == 15
    assert pace([AT]) is None
    assert pace([AT, AT + timedelta(hours=1)]) is None


def test_what_a_message_shows_is_known_for_the_latest_ones() -> None:
    turns = Turns()
    turn = turns.of(1)
    assert not turn.late("7")
    turn.shown = "8"
    assert turns.of(1).late("7")
    assert not turns.of(1).late("8")
    for other in range(2, 5_002):
        turns.of(other)
    assert not turns.of(1).late("7")


def test_differences_that_wait_for_a_coder_are_told() -> None:
    assert waiting_text(Left(0, 0, ())) == "No disagreement is to be adjudicated."
    told = waiting_text(Left(1, 6, ("C3", "C4")))
    assert told.startswith("**1 disagreement** to adjudicate: `/review adjudicate`.")
    assert told.endswith(" 6 more wait for C3, C4 to code them.")

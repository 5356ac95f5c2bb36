from dataclasses import replace
from datetime import UTC, datetime, timedelta

from embed_limits import assert_fits
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.discussion import Scenario, Thread
from bot.gateway.staff.panel_embed import panel_embed, summary_text
from bot.services.numbers import GroupNumbers, SessionNumbers, Uncertain
from bot.services.people.abstaining import ForPeople
from bot.services.summary import SessionSummary
from bot.storage.live_rows import Run
from bot.storage.rows import SessionRow

HOME = "https://discord.com"
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
MONDAY = SessionRow(1, 1, "monday", AT, None)
NUMBERS = SessionNumbers(
    session=MONDAY,
    groups=(
        GroupNumbers(Thread("11", "Group 1"), "Prices", 30, 28, 2),
        GroupNumbers(Thread("12", "Group 2"), "none", 1, 1),
    ),
    messages=31,
    coded=29,
    waiting=2,
    slowest_ms=140.2,
    median_ms=12.0,
    codes=(("A", 20), ("B", 9)),
    uncertain=(Uncertain("11", "500", "B", 0.31),),
    gaps=0,
)


def test_a_panel_tells_what_there_is_and_what_waits() -> None:
    embed = panel_embed(NUMBERS, "7", None, HOME)
    assert embed.title == "Session monday"
    assert embed.description is not None
    told = embed.description.splitlines()
    assert told[0] == "**31** messages · **29** coded · **2** waiting"
    assert told[1] == "from stored to coded: median 12 ms, slowest 140 ms"
    assert told[3:] == [
        "<#11> Prices: 30 messages, 2 to code",
        "<#12> no scenario: 1 message",
    ]
    codes, uncertain = embed.fields
    assert codes.value is not None
    assert codes.value.splitlines()[1].split() == ["A", "20", "69", "%", "█" * 10]
    assert uncertain.value == "[B 31 %](https://discord.com/channels/7/11/500) in <#11>"


def test_trouble_shows() -> None:
    embed = panel_embed(replace(NUMBERS, gaps=1), "7", "the codebook lacks the code 'X'.", HOME)
    assert embed.description is not None
    assert "1 gap: deleted before they could be read" in embed.description
    assert "not coding: the codebook lacks the code 'X'." in embed.description
    assert embed.colour != panel_embed(NUMBERS, "7", None, HOME).colour


FOX = Run(1, 1, Scenario("fox", "The fox", "..."), AT, AT + timedelta(minutes=15), None, None)


def test_what_ends_by_itself_says_when_and_what_people_decided_is_counted() -> None:
    running = replace(NUMBERS, timed=(FOX,), corrected=3, confirmed=1)
    told = str(panel_embed(running, "7", None, HOME).description).splitlines()
    assert told[1] == "people corrected 3 and confirmed 1"
    assert told[3] == "The fox ends <t:1772360100:R>"
    assert "people" not in str(panel_embed(NUMBERS, "7", None, HOME).description)


def test_an_ended_session_says_so_and_nothing_runs_in_it() -> None:
    over = replace(NUMBERS, session=replace(MONDAY, ended_at=AT), timed=(FOX,))
    one = tuple(replace(group, scenario="Prices") for group in NUMBERS.groups)
    for ended in (over, replace(over, groups=one)):
        embed = panel_embed(ended, "7", None, HOME)
        assert embed.title == "Session monday (ended)"
        told = str(embed.description)
        assert told.endswith("\n\n<#11> 30 messages, 2 to code\n<#12> 1 message")
        assert "ends" not in told


TEXTS = st.text(max_size=200) | st.just("x" * 5000) | st.just("👍`*_" * 1000)
IDS = st.integers(0, 2**64 - 1).map(str)
COUNTS = st.integers(0, 10**9)
GROUPS = st.builds(GroupNumbers, st.builds(Thread, IDS, TEXTS), TEXTS, COUNTS, COUNTS, COUNTS)
ANY = st.builds(
    SessionNumbers,
    session=st.builds(SessionRow, COUNTS, COUNTS, TEXTS, st.just(AT), st.none() | st.just(AT)),
    groups=st.lists(GROUPS, max_size=60).map(tuple),
    messages=COUNTS,
    coded=COUNTS,
    waiting=COUNTS,
    slowest_ms=st.none() | st.floats(0, 1e9),
    median_ms=st.none() | st.floats(0, 1e9),
    codes=st.lists(st.tuples(TEXTS, COUNTS), max_size=120).map(tuple),
    uncertain=st.lists(st.builds(Uncertain, IDS, IDS, TEXTS, st.floats(0, 1)), max_size=8).map(
        tuple
    ),
    gaps=COUNTS,
    corrected=COUNTS,
    confirmed=COUNTS,
    timed=st.lists(
        TEXTS.map(lambda title: replace(FOX, scenario=Scenario("s", title, "..."))), max_size=60
    ).map(tuple),
)


@given(ANY, st.none() | TEXTS)
def test_whatever_the_numbers_discord_takes_the_panel(
    numbers: SessionNumbers, problem: str | None
) -> None:
    assert_fits(panel_embed(numbers, "7" * 20, problem, HOME))


def test_forty_groups_are_all_shown() -> None:
    groups = tuple(
        GroupNumbers(Thread(str(10**18 + n), f"g{n}"), "A scenario's title", 120, 1, 119)
        for n in range(40)
    )
    embed = panel_embed(replace(NUMBERS, groups=groups), "7" * 19, None, HOME)
    assert embed.description is not None
    assert all(f"<#{g.thread.id}> 120 messages" in embed.description for g in groups)
    assert "all in A scenario's title:" in embed.description


def test_a_deleted_message_is_not_taken_for_a_lost_one() -> None:
    embed = panel_embed(replace(NUMBERS, waiting=1), "7", None, HOME)
    assert embed.description is not None
    assert "**29** coded · **1** waiting · **1** deleted before coding\n" in embed.description
    embed = panel_embed(replace(NUMBERS, coded=0, waiting=0), "7", "no bundle", HOME)
    assert "deleted" not in str(embed.description)


def test_a_summary_says_how_far_the_model_and_people_agree() -> None:
    found = SessionSummary(
        messages=40, coded=39, corrected=3, confirmed=5, agreement=0.625, kappa=0.41, n=8, gaps=2,
        deleted=1,
    )  # fmt: skip
    text = summary_text("mon_day", found)
    assert "Session mon\\_day has ended." in text
    assert (
        "40 messages, 39 coded, 1 deleted before coding; people corrected 3 and confirmed 5."
        in text
    )
    assert "62 %, Cohen's kappa 0.41, over 8 messages" in text
    assert "2 gaps" in text


def test_a_summary_without_people_claims_nothing() -> None:
    found = SessionSummary(
        messages=4, coded=4, corrected=0, confirmed=0, agreement=None, kappa=None, n=0, gaps=0
    )
    assert "no message was coded by both yet" in summary_text("monday", found)


def test_a_study_with_a_target_error_tells_what_waits_for_people() -> None:
    embed = panel_embed(NUMBERS, "7", None, HOME, people=ForPeople(0.1, 1_204))
    assert embed.description is not None
    assert "**1,204** wait for people (target error 10 %; " in embed.description
    plain = panel_embed(NUMBERS, "7", None, HOME)
    assert plain.description is not None
    assert "wait for people" not in plain.description

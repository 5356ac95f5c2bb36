from dataclasses import replace
from datetime import UTC, datetime, timedelta

from embed_limits import assert_fits
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, Basis, CoderKind, Coding, Verified
from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window
from bot.gateway.staff.render import message_embed, present, short_embed
from bot.services.people.review import Looked
from bot.storage.rows import Change, Note, StoredMessage

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
PRICES = Scenario("prices", "Prices", "Is it fair?")
BOOK = Codebook("b", "Book", "1", (Code("A", "Agree"), Code("B", "Bicker"), Code("C", "C")))


def message(sequence: int, text: str) -> Message:
    return Message(f"m{sequence}", "t1", "prices", sequence, f"P{sequence}", AT, text)


def by_model(code: str = "A", *, revision: int = 1) -> Coding:
    return Coding(
        "m3", "starter", CoderKind.MODEL, code, AT, Act.CODED, 0.62, "B", 0.2, revision, 2
    )


def by_person(code: str, act: Act, minutes: int = 1) -> Coding:
    return Coding("m3", "C1", CoderKind.HUMAN, code, AT + timedelta(minutes=minutes), act)


def looked(*codings: Coding, verified: str | None = None, revision: int = 1) -> Looked:
    target = Message("m3", "t1", "prices", 3, "P3", AT, "it *is* fair", revision=revision)
    stored = StoredMessage(3, 1, 1, 0, PRICES, target)
    seen = Window(PRICES, (message(1, "hello"), message(2, "why?")), target)
    notes = (Note("m3", "C2", "odd one", AT),)
    edits = (Change("edited", AT, 2, "it was", "it is"), Change("deleted", AT, 2, None, None))
    settled = None if verified is None else Verified(verified, Basis.REVIEWED, ("C1",))
    return Looked(stored, seen, codings, settled, notes, edits)


def fields(found: Looked) -> dict[str, str]:
    embed = message_embed(found, BOOK)
    assert_fits(embed)
    return {str(f.name): str(f.value) for f in embed.fields}


def test_all_that_is_known_of_a_message() -> None:
    found = looked(by_model(), by_person("B", Act.CORRECTED), verified="B")
    embed = message_embed(found, BOOK)
    assert embed.title == "B: Bicker"
    assert embed.description == r"**P3**: it \*is\* fair"
    assert embed.footer.text == "Prices, message 3"
    stamp = int(AT.timestamp())
    assert fields(found) == {
        "Code": (
            "verified by people: **B** (reviewed: C1)\nmodel: **A: Agree**, 62 % sure\n"
            "runner-up: B: Bicker, 20 %"
        ),
        "What the coder saw": "**P1**: hello\n**P2**: why?",
        "Decisions": (
            f"<t:{stamp}:T> starter coded: **A**, 62 % sure\n<t:{stamp + 60}:T> C1 corrected: **B**"
        ),
        "Notes": f"<t:{stamp}:T> C2: odd one",
        "Edits": (f"<t:{stamp}:T> from: it was, to: it is\n<t:{stamp}:T> deleted by its author"),
    }


def test_what_was_taken_back_is_told_and_counts_no_more() -> None:
    found = looked(
        by_model(),
        by_person("B", Act.CORRECTED, 1),
        by_person("B", Act.CONFIRMED, 2),
        by_person("A", Act.WITHDRAWN, 3),
        by_person("", Act.WITHDRAWN, 4),
    )
    told = fields(found)["Decisions"].splitlines()
    assert told[-2].endswith("C1 took back their last decision: **A** counts")
    assert told[-1].endswith("C1 took back their last decision: no code counts")
    assert "verified" not in fields(found)["Code"]


def test_a_message_that_waits() -> None:
    embed = short_embed(looked(), BOOK)
    assert embed.title == "Not coded yet"
    assert fields(looked())["Code"] == "no model has coded it yet"


def test_what_is_to_be_coded_blind_is_shown_without_any_code() -> None:
    found = replace(looked(by_model(), by_person("B", Act.CORRECTED)), codings=(), hidden=True)
    embed = message_embed(found, BOOK)
    assert embed.title == "To be coded blind"
    assert fields(found)["Code"].startswith("Blind: ")
    assert "Decisions" not in fields(found)
    assert "**P1**: hello" in fields(found)["What the coder saw"]


def test_an_edited_message_is_to_be_coded_again() -> None:
    found = looked(by_model(), revision=2)
    assert "edited since" in fields(found)["Code"]


def test_the_code_that_counts_is_the_people_s_else_the_model_s_last() -> None:
    assert present(looked()) is None
    model = present(looked(by_model("A"), by_model("C", revision=2)))
    assert model is not None
    assert (model.code, model.verified) == ("C", False)
    person = present(looked(by_model("A"), by_person("B", Act.CORRECTED), verified="B"))
    assert person is not None
    assert (person.code, person.verified) == ("B", True)


TEXTS = st.text(max_size=100) | st.just("x" * 1300) | st.just("👍`*_" * 300)
TIMES = st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda t: t.replace(tzinfo=UTC)
)
SAID = st.builds(
    Message, TEXTS, TEXTS, st.just("s"), st.integers(1, 9**9), TEXTS, st.just(AT), TEXTS
)
CODINGS = st.builds(
    Coding,
    message_id=TEXTS,
    coder=TEXTS,
    kind=st.sampled_from(CoderKind),
    code=TEXTS,
    at=TIMES,
    act=st.sampled_from(Act),
    confidence=st.none() | st.floats(0, 1),
    runner_up=st.none() | TEXTS,
    runner_up_confidence=st.none() | st.floats(0, 1),
    cut=st.booleans(),
    note=st.none() | TEXTS,
)
CASES = st.builds(Scenario, st.just("s"), TEXTS, TEXTS)
LOOKED = st.builds(
    Looked,
    stored=st.builds(
        StoredMessage,
        st.just(1),
        st.just(1),
        st.just(1),
        st.just(0),
        CASES,
        SAID,
        st.none() | TIMES,
    ),
    window=st.builds(Window, CASES, st.lists(SAID, max_size=12).map(tuple), SAID),
    codings=st.lists(CODINGS, max_size=15).map(tuple),
    verified=st.none()
    | st.builds(
        Verified, TEXTS, st.sampled_from(Basis), st.lists(TEXTS, min_size=1, max_size=9).map(tuple)
    ),
    notes=st.lists(st.builds(Note, TEXTS, TEXTS, TEXTS, TIMES), max_size=15).map(tuple),
    edits=st.lists(
        st.builds(
            Change,
            st.sampled_from(["edited", "deleted"]),
            TIMES,
            st.integers(1, 9),
            st.none() | TEXTS,
            st.none() | TEXTS,
        ),
        max_size=15,
    ).map(tuple),
    hidden=st.booleans(),
)
BOOKS = st.builds(
    Codebook, TEXTS, TEXTS, TEXTS, st.lists(st.builds(Code, TEXTS, TEXTS), max_size=5).map(tuple)
)


@given(LOOKED, BOOKS)
def test_whatever_was_written_discord_takes_it(found: Looked, book: Codebook) -> None:
    assert_fits(message_embed(found, book))
    assert_fits(short_embed(found, book))


@given(st.integers(1, 40))
def test_the_messages_nearest_to_the_one_coded_are_shown(count: int) -> None:
    target = message(count + 1, "last")
    stored = StoredMessage(3, 1, 1, 0, PRICES, target)
    earlier = tuple(message(n, "word " * 60) for n in range(1, count + 1))
    found = Looked(stored, Window(PRICES, earlier, target), (), None, (), ())
    assert f"**P{count}**" in fields(found)["What the coder saw"]

"""Studies to write as projects: drawn by hypothesis, or one with everything in it."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, CoderKind, Coding
from bot.domain.discussion import Discussion, Message, Provenance, Scenario, Thread
from bot.storage.rows import CodedDiscussion, Coder, Mark, Note
from exports.about import About

NOON = datetime(2024, 6, 3, 12, 0, 0, 250000, tzinfo=UTC)
BOOK = Codebook(
    "ethics",
    "Ethics of marketing",
    "2",
    (
        Code("=SUM", "Sum, of all", "Adds up.\n\ntitle: not one", ("=1+1", "a\\u0041", "")),
        Code("DH-1", 'Doubt, "hedged"', "Says: maybe"),
        Code("CR", "Criticism", "", ("no; never", "  spaces around  ")),
        Code("UC", "Uncoded", uncoded=True),
    ),
    "For tests:\r\nwith two lines",
)
PEOPLE = ("ann", "bob, jr.", 'c "see" d')
MODELS = (("starter", "1a2b3c4d5e6f7a8b"), ("starter@9f8e", "9f8e7d6c5b4a3f2e"))
CODERS = (
    *(Coder(n, 1, name, CoderKind.HUMAN) for n, name in enumerate(PEOPLE, 1)),
    *(
        Coder(n, 1, name, CoderKind.MODEL, n, print_, 1)
        for n, (name, print_) in enumerate(MODELS, 11)
    ),
)
ABOUT = About("Pilot: ünïversal 🦊", BOOK, CODERS, NOON)
TEXTS = (
    "no way",
    "🦊🦊 emoji first, then 👩‍👩‍👧",
    "مرحبا بالعالم שלום",
    "e\u0301a\u0308 combining",
    "one\r\ntwo\rthree\nfour",
    "x🙂" * 2000,
    "=SUM(A1)",
    "bell \x07, null \x00, escape \\u0007",
    "",
    "P2: pretends to be another\n\nP3: and another",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    " leading and trailing \n",
    "]]> & <b>&amp;</b> \ufeff \ufffe",
)


def message(text, sequence=1, **changes):
    given = {
        "id": f"m{sequence}",
        "thread_id": "g/1",
        "scenario_id": "fox",
        "sequence": sequence,
        "speaker": f"P{sequence % 3}",
        "sent_at": NOON + timedelta(seconds=sequence),
        "text": text,
        "provenance": Provenance.IMPORT,
    }
    return Message(**(given | changes))


def coding(message_id, coder, code, **changes):
    kind = CoderKind.MODEL if coder in dict(MODELS) else CoderKind.HUMAN
    return Coding(message_id, coder, kind, code, changes.pop("at", NOON), **changes)


def discussion(messages, codings=(), session="pilot", scenario=None, **more):
    by_message = {}
    for each in codings:
        by_message[each.message_id] = (*by_message.get(each.message_id, ()), each)
    first = messages[0]
    scenario = scenario or Scenario(first.scenario_id, "The fox", "A game.\nEthical?")
    talk = Discussion(first.thread_id, scenario, tuple(messages), first.round)
    return CodedDiscussion(session, Thread(first.thread_id, "Group 1"), talk, by_message, **more)


def everything():
    """Return a study by three people and two model versions, with all that can be told."""
    said = [message(text, n) for n, text in enumerate(TEXTS, 1)]
    said[3] = message(TEXTS[3], 4, reply_to="m2", speaker='a "b", c', sent_at=None)
    codings = []
    for n, each in enumerate(said):
        for m, coder in enumerate((*PEOPLE, *dict(MODELS))):
            if (n + m) % 4:  # gaps
                codings.append(coding(each.id, coder, BOOK.codes[(n * m) % 4].code))
    codings.append(coding("m1", "ann", "DH-1", act=Act.CORRECTED, note="second\nthought \x01"))
    first = discussion(
        said,
        codings,
        deleted=frozenset({"m9"}),
        units={m.id: "m1" if m.id == "m2" else m.id for m in said},
        notes={"m2": (Note("m2", "bob, jr.", "what a fox", NOON),)},
        marks={"m3": (Mark(1, "m3", "ann", "edge_case", NOON, 1),)},
        missing={"m5": 2},
    )
    again = discussion(
        [
            message("again", 1, id="r1", round=2, thread_id="g/1"),
            message("late", 3, id="r3", round=2, thread_id="g/1", provenance=Provenance.DISCORD),
        ],
        [coding("r1", "ann", "CR"), coding("r1", "ann", "CR", act=Act.WITHDRAWN)],
    )
    other = discussion(
        [message("hello", 1, id="x1", thread_id="g_1", reply_to="m1")],
        [coding("x1", "ann", "UC"), coding("x1", "starter", "gone")],
        session="main",
        scenario=Scenario("fox", "", "Other words"),
    )
    return [first, again, other]


async def stream(*discussions):
    for each in discussions:
        yield each


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = ANY.map(str.strip).filter(bool)


@st.composite
def studies(draw, models=True):
    """Draw a study: threads, rounds, speakers, texts, coders and codes of any characters."""
    book = Codebook(
        draw(NAME),
        draw(NAME),
        draw(NAME),
        tuple(
            Code(
                name,
                draw(NAME),
                draw(ANY),
                tuple(draw(st.lists(ANY, max_size=2))),
                draw(st.booleans()),
            )
            for name in draw(st.lists(NAME, min_size=1, max_size=4, unique=True))
        ),
        draw(ANY),
    )
    coders = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
    speakers = draw(st.lists(NAME, min_size=1, max_size=3))
    keys = draw(
        st.lists(
            st.tuples(NAME, st.sampled_from(["fox", "a, b", "=1"]), st.integers(1, 2)),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    made = []
    for d, (thread, scenario, round_) in enumerate(keys):
        texts = draw(st.lists(st.one_of(ANY, st.sampled_from(TEXTS)), min_size=1, max_size=4))
        said = [
            message(
                text,
                n,
                id=f"{draw(ANY)}{d}.{n}",
                thread_id=thread,
                scenario_id=scenario,
                round=round_,
                speaker=draw(st.sampled_from(speakers)),
                provenance=draw(st.sampled_from(Provenance)),
                sent_at=draw(st.sampled_from([None, NOON])),
            )
            for n, text in enumerate(texts, 1)
        ]
        given = [
            Coding(m.id, coder, kind, draw(st.sampled_from(book.codes)).code, NOON)
            for m in said
            for kind, coder in (
                *((CoderKind.HUMAN, c) for c in coders),
                *([(CoderKind.MODEL, "a model")] if models and "a model" not in coders else []),
            )
            if draw(st.booleans())
        ]
        deleted = frozenset(m.id for m in said if draw(st.booleans()))
        made.append(
            discussion(
                said,
                given,
                scenario=Scenario(scenario, draw(ANY), draw(ANY)),
                session="pilot",
                deleted=deleted,
            )
        )
    about = About(
        draw(NAME),
        book,
        tuple(Coder(n, 1, c, CoderKind.HUMAN) for n, c in enumerate(coders)),
        NOON,
    )
    return about, made

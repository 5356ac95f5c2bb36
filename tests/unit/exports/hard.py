"""Content that breaks files: formulas, markup, line breaks, other scripts, long texts and names."""

from bot.domain.coding import Act, Seen
from bot.domain.discussion import Provenance
from bot.storage.rows import Mark, Note
from tests.unit.exports.coded import NOON, about, by_model, by_person, coded, message

TEXTS = (
    "=1+1",
    "+1 @SUM(A1) -2",
    "'=x",
    "שלום, זה הוגן? 100%",
    "\N{FOX FACE}\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN} \N{REGIONAL INDICATOR SYMBOL LETTER D}",
    "word " * 800,
    'a "quoted", comma; semicolon\ttab',
    "line\nbreak\n\nand another",
    "<r>&amp;</r>",
    "<script>alert(1)</script>",
    "_x0041_ and http://example.org and file:///x",
    "# no heading\n- no list\n1. no number\n> no quote\n    no code",
    "a*b*c _d_ `e` [f](g) ![h](i) | j | ~~k~~ $l$ &amp; \\m",
    "u\u2028v\u2029w\x85x",
    "007",
    "TRUE",
    "1e5",
)
PEOPLE = ('Ann, "the first"', "bob;x", "=cmd|'/C calc'!A0")
MODELS = ("starter@1a2b", "other@3c4d")
CODES = ("CA", "=SUM", "DH-1", "CR")
ABOUT = about(coders=(*PEOPLE, *MODELS))


def hard_study():
    """Two sessions; three people and two model versions; gaps, notes, marks, a unit, replies."""
    messages = [
        message(
            text,
            n,
            id=f"m{n}",
            speaker=f"P{n % 3}, Jr." if n % 2 else '"P"',
            reply_to="m1" if n == 3 else None,
            sent_at=None if n == 4 else NOON.replace(second=n, microsecond=n * 1000),
            provenance=Provenance.IMPORT,
        )
        for n, text in enumerate(TEXTS, start=1)
    ]
    codings = []
    for n, each in enumerate(messages):
        for place, person in enumerate(PEOPLE):
            if (n + place) % 3:
                code = CODES[(n * place) % 4]
                seen = (None, Seen.NOTHING, Seen.CODES)[place]
                codings.append(by_person(each.id, code, coder=person, seen=seen))
        codings += [by_model(each.id, CODES[n % 4], coder=m) for m in MODELS[: 1 + n % 2]]
    codings += [
        by_person("m1", "CR", coder="bob;x", act=Act.CORRECTED, note="=1, sure"),
        by_person("m2", "CA", coder="bob;x", act=Act.WITHDRAWN),
        by_person("m6", "=SUM", coder=PEOPLE[0], act=Act.ADJUDICATED, note="two\nlines"),
        by_person("m7", "", coder=PEOPLE[2]),
    ]
    return (
        coded(
            messages,
            codings,
            session="monday: [1/2]",
            deleted=["m2"],
            assigned={"m1": frozenset(PEOPLE), "m3": frozenset(PEOPLE[:2])},
            units={m.id: "m8" if m.id == "m10" else m.id for m in messages},
            notes={"m1": (Note("m1", PEOPLE[0], "=A1, odd", NOON), Note("m1", "bob;x", "x", NOON))},
            marks={
                "m5": (
                    Mark(1, "m5", "bob;x", "edge_case", NOON, 1),
                    Mark(2, "m5", PEOPLE[0], "unsure", NOON, 1),
                    Mark(3, "m5", PEOPLE[0], "undone", NOON, 1, takes_back=2),
                    Mark(4, "m5", PEOPLE[0], "skipped", NOON, 1),
                )
            },
            missing={"m4": 3},
        ),
        coded([message("the end", thread_id="g2", id="n1")], session="MONDAY: [1?2]"),
    )

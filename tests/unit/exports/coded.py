"""Small coded discussions, and a store's stream of them."""

from datetime import UTC, datetime

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, CoderKind, Coding
from bot.domain.discussion import Discussion, Message, Provenance, Scenario, Thread
from bot.storage.rows import CodedDiscussion, Coder
from exports.about import About

NOON = datetime(2024, 6, 3, 12, 0, 0, 250000, tzinfo=UTC)
SCENARIO = Scenario("fox", "The fox", "A maker of cereal offers a game. Ethical?")


BOOK = Codebook(
    "book",
    "Book",
    "1",
    (
        Code("CA", "Customer autonomy", "They may choose."),
        Code("CR", "Customer respect"),
        Code("=SUM", 'Sum, "quoted"'),
        Code("DH-1", "DH-1"),
    ),
)


def about(study="study", coders=("ann", "bob", "starter@1a2b"), book=BOOK):
    """Names with an @ are models."""
    rows = [
        Coder(n, 1, name, CoderKind.MODEL if "@" in name else CoderKind.HUMAN)
        for n, name in enumerate(coders, start=1)
    ]
    return About(study, book, tuple(rows), NOON)


def message(text, sequence=1, **changes):
    given = {
        "id": f"m{sequence}",
        "thread_id": "g1",
        "scenario_id": SCENARIO.id,
        "sequence": sequence,
        "speaker": "P1",
        "sent_at": NOON,
        "text": text,
        "provenance": Provenance.DISCORD,
    }
    return Message(**(given | changes))


def by_model(message_id, code="CA", **changes):
    given = {
        "message_id": message_id,
        "coder": "starter@1a2b",
        "kind": CoderKind.MODEL,
        "code": code,
        "at": NOON,
        "confidence": 0.8123456835746765,
        "runner_up": "CR",
        "runner_up_confidence": 0.125,
        "window_size": 3,
    }
    return Coding(**(given | changes))


def by_person(message_id, code="CR", coder="ann", act=Act.CODED, **changes):
    return Coding(message_id, coder, CoderKind.HUMAN, code, NOON, act=act, **changes)


def coded(messages, codings=(), session="pilot", deleted=(), **more):
    by_message = {}
    for coding in codings:
        by_message[coding.message_id] = (*by_message.get(coding.message_id, ()), coding)
    first = messages[0]
    discussion = Discussion(first.thread_id, SCENARIO, tuple(messages), round=first.round)
    thread = Thread(first.thread_id, "Group 1")
    return CodedDiscussion(session, thread, discussion, by_message, frozenset(deleted), **more)


async def stream(*discussions):
    for discussion in discussions:
        yield discussion

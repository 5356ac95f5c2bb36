"""What the tiny coder of the tests knows: its codes, its scenario, some talk. Without torch."""

from __future__ import annotations

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window

LABELS = ("AG", "DIS", "Q", "OT", "OF")
WINDOW = 4
MAX_TOKENS = 128

TALK = (
    "i think the game is not fair",
    "ok",
    "why? the parents buy the cereal, not the kids!",
    "lol agree",
    "but the company should show that it is an ad, because children could not know",
    "what do you think?",
    "maybe they did, there was a small sign on the screen",
    "i disagree, that is wrong and unfair to young people who do not know what an advert is",
    "yes",
    "hi hi hi you are right my point is that money is not good or bad",
)

SCENARIO = Scenario("fox", "The fox", "a company did a game for kids with a fox and cereal to sell")


def codebook() -> Codebook:
    """Return a codebook of the five LABELS."""
    return Codebook("tiny", "Tiny", "1", tuple(Code(label, label) for label in LABELS))


def talk_windows(limit: int = WINDOW) -> list[Window]:
    """Return the windows of TALK, whose messages three speakers wrote in turn."""
    messages = [
        Message(str(n), "t", SCENARIO.id, n, f"P{n % 3}", None, text)
        for n, text in enumerate(TALK, start=1)
    ]
    return [
        Window(SCENARIO, tuple(messages[max(0, n - limit) : n]), message)
        for n, message in enumerate(messages)
    ]

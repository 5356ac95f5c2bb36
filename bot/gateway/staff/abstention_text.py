"""The target error and what it leaves to people, as Discord shows them."""

from __future__ import annotations

from bot.gateway.staff.texts import percent
from bot.services.desk import Desk
from bot.services.people.abstaining import ForPeople


async def target_text(desk: Desk) -> str:
    """Return a study's target error, with the threshold of the model that serves, in a line."""
    target = await desk.abstaining.target()
    if target is None:
        return "none; people are to look at everything."
    told = f"{target * 100:g} %"
    serving = None if desk.coder is None else (await desk.abstaining.all()).get(desk.coder.id)
    if serving is None:
        return f"{told}; no model codes here yet, so everything goes to people."
    if serving.threshold.everything:
        return f"{told}; {serving.sentence}."
    below = f"what the model is less than {100 * serving.threshold.below:.1f} % sure of"
    return f"{told}; {below} goes to people. {serving.sentence[0].upper()}{serving.sentence[1:]}."


def for_people_line(found: ForPeople) -> str:
    """Return in one line how many messages of a session wait for people."""
    return (
        f"**{found.waiting:,}** wait for people (target error {percent(found.target)}; "
        "`/review next` order: only what goes to people)"
    )

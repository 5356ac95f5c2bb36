"""What staff do when a session is over: two code blind, differ, and it is settled."""

from __future__ import annotations

from bot.rehearsal.play.stage import Stage
from bot.rehearsal.staff.answers import Answer
from bot.rehearsal.staff.interactions import Staff
from bot.rehearsal.staff.menus import option_of, select_of

_REASON = "The second half of the sentence decides it."


async def code_blind(stage: Stage) -> None:
    """Let coder and researcher code a message blind, each their own way, and settle it.

    Nothing comes of it where the coder has nothing left to code, or the codebook but one code.
    """
    codes = [code.code for code in stage.play.codebook.codes[:2]]
    people = (stage.coder, stage.researcher)
    for staff in people:
        given = {"coder": staff.member}
        await stage.ask(stage.researcher, "review assign", "is to code all messages", **given)
    theirs, own = [await stage.ask(s, "review next", order="sequential") for s in people]
    if not theirs.embeds or len(codes) < 2:
        return
    while _shown(own) != _shown(theirs):  # which the coder corrected during the session
        own = await _choose(stage.researcher, own, codes[0])
    for staff, answer, code in zip(people, (theirs, own), codes, strict=True):
        stage.told("(a code is chosen)", await _choose(staff, answer, code), "Stored")
    case = await stage.ask(stage.researcher, "review adjudicate", "Why it is here")
    asked = await _choose(stage.researcher, case, codes[0])
    decided = await stage.researcher.submit(asked, {"text": _REASON})
    stage.told("(the reason is sent)", decided, "Adjudicated")
    await stage.ask(stage.researcher, "review progress")


async def _choose(staff: Staff, answer: Answer, code: str) -> Answer:
    select = select_of(answer.components)
    return await staff.select(answer, [option_of(select, code)], select["custom_id"])


def _shown(answer: Answer) -> tuple[str, str]:
    (embed,) = answer.embeds
    return embed["title"], embed["description"]

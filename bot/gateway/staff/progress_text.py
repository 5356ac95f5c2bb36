"""Who is to code what, and how far they are, as text: pure, within Discord's limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.counting import many
from bot.gateway.staff.texts import clip, lines, mention, percent, quoted
from bot.services.people.adjudication import Left
from bot.services.people.assigning import CoderProgress
from bot.storage.assignments import AssignmentRow

_BAR = 8  # cells of a coder who is done
_NAME = 12  # characters of a coder's name in the table
_ROOM = 1_400  # characters of the table, and of the list of assignments


def assignment_text(row: AssignmentRow) -> str:
    """Return an assignment as one line: whom, what, and whether blind."""
    given = row.assignment
    sight = "blind" if given.blind else "may see codes"
    return f"{row.id}. **{quoted(given.coder, 40)}**: {_what(row)}; {sight}"


def _what(row: AssignmentRow) -> str:
    given = row.assignment
    share = "all messages" if given.share >= 1 else f"{percent(given.share)} of the messages"
    where = ""
    if given.threads is not None:
        where += " of " + " ".join(mention(t) for t in sorted(given.threads)[:10])
        more = len(given.threads) - 10
        where += f" and {many(more, 'more thread')}" if more > 0 else ""
    if given.session is not None:
        where += f" of session {quoted(given.session, 100)}"
    return share + where


def listed(rows: Sequence[AssignmentRow]) -> str:
    """Return the assignments that hold, one a line."""
    present = [assignment_text(row) for row in rows if row.ended_at is None]
    if not present:
        return "No assignment holds: whoever uses `/review next` may code every message."
    return "Assignments:\n" + lines(present, _ROOM, "and {} more")


def progress_table(
    progress: Sequence[CoderProgress], paces: Mapping[str, float], own: str | None = None
) -> str:
    """Return a row a coder: assigned, coded, unsure, left, a bar, and seconds a message.

    `own` is the reader's name among the coders.
    """
    if not progress:
        return "Nobody has been assigned anything, and nobody has coded: see `/review assign`."
    heads = ("assigned", "coded", "unsure", "left", "", "", "pace")
    rows = [_row("coder", *heads)]
    for each in progress:
        name = clip(each.coder.replace("`", "'"), _NAME - 1) + ("*" if each.coder == own else "")
        seconds = paces.get(each.coder)
        # Who has no assignment has no end.
        done = (each.coded + each.unsure) / each.assigned if each.assigned else None
        rows.append(
            _row(
                name,
                f"{each.assigned:,}" if each.assigned else "-",
                f"{each.coded:,}",
                f"{each.unsure:,}",
                f"{each.left:,}" if each.assigned else "-",
                "█" * round((done or 0.0) * _BAR),
                percent(done),
                "-" if seconds is None else f"{seconds:.0f} s",
            )
        )
    yours = "\n\\* you" if own in {each.coder for each in progress} else ""
    return f"```\n{lines(rows, _ROOM)}\n```{yours}"


def _row(
    name: str, assigned: str, coded: str, unsure: str, left: str, bar: str, done: str, pace: str
) -> str:
    return (
        f"{name:<{_NAME}} {assigned:>8} {coded:>7} {unsure:>6} {left:>7} {bar:<{_BAR}} "
        f"{done:>5} {pace:>5}"
    ).rstrip()


def waiting_text(left: Left) -> str:
    """Return how many disagreements are to be adjudicated, and how many wait for a coder."""
    told = "No disagreement is to be adjudicated."
    if left.cases:
        told = f"**{many(left.cases, 'disagreement')}** to adjudicate: `/review adjudicate`."
    if left.waiting:
        coders = clip(", ".join(quoted(name, 40) for name in left.coders), 300)
        told += f" {left.waiting:,} more wait for {coders} to code them."
    return told


def assigned_text(row: AssignmentRow, account: int, progress: Sequence[CoderProgress]) -> str:
    """Return what an assignment that was just made means, in messages as they are now."""
    given = row.assignment
    own = next((p for p in progress if p.coder == given.coder), None)
    waiting = (
        "" if own is None else f" In all {many(own.assigned, 'message')} now, {own.left:,} left."
    )
    sight = (
        "Others' codes stay hidden until their own is stored."
        if given.blind
        else "They see others' codes, but for the blind audit."
    )
    return (
        f"<@{account}> is coder **{quoted(given.coder, 40)}** and is to code {_what(row)}."
        f"{waiting} What is written later counts, too. {sight}"
    )

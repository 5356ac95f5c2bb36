"""The end of a replay or import, told: what was done, what was left out, how far it agrees."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from bot.commands.outcome import ReplayOutcome
from bot.domain.agreement import Agreement

_NAMED = 20  # lines of cut messages that are listed; the count tells of the rest


def print_summary(console: Console, outcome: ReplayOutcome) -> None:
    """Print the sentences of `summary`."""
    for sentence in summary(outcome):
        console.print(escape(sentence), soft_wrap=True)


def summary(outcome: ReplayOutcome) -> Iterator[str]:
    """Yield what there is to say of a run, one sentence each; never what people wrote."""
    done, file = outcome.replayed, outcome.file
    yield (
        f"Study {outcome.study.name!r}, session {done.session.name!r}, codebook "
        f"{file.codebook.id!r} version {file.codebook.version} from {file.codebook_from}."
    )
    yield (
        f"{done.total} messages: {done.stored} stored, {done.known} there already; "
        f"{outcome.seconds:.1f} s in all."
    )
    if outcome.coder is not None:
        total = sum(m.id in outcome.codings for m in file.transcript.messages)
        yield (
            f"{done.coded} coded in this run, {total} in all, by {outcome.coder!r} "
            f"({outcome.engine})."
        )
    for note in file.transcript.notes:
        yield f"Note: {note}."
    if done.differing:
        yield (
            f"{done.differing} messages stand in the database with another text than in the "
            "file: the stored text was kept."
        )
    yield from _human(outcome)
    yield from _cut(outcome)
    for coder, found in outcome.agreements.items():
        yield agreement_sentence(coder, found)


def agreement_sentence(coder: str, found: Agreement) -> str:
    """Return the agreement of the model with one person as a sentence."""
    percent = "-" if found.percent is None else f"{found.percent:.1%}"
    kappa = "undefined" if found.kappa is None else f"{found.kappa:.3f}"
    return f"Agreement with {coder!r} on {found.n} messages: {percent}, Cohen's kappa {kappa}."


def _human(outcome: ReplayOutcome) -> Iterator[str]:
    codes = outcome.replayed.human
    if codes is None or not outcome.file.transcript.coders:
        return
    yield (
        f"People's codes: {codes.added} stored, {codes.known} there already, {codes.empty} cells "
        f"without a code, {codes.unstored} on messages that the session does not hold."
    )


def _cut(outcome: ReplayOutcome) -> Iterator[str]:
    cut, lines = outcome.cut, outcome.file.transcript.lines
    if cut:
        known = sorted(lines[message] for message in cut if message in lines)
        shown = ", ".join(str(line) for line in known[:_NAMED])
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        yield (
            f"{len(cut)} messages are stored whole, but too long for the coder, which read their "
            f"beginning: {outcome.file.path}, line {shown}{more}."
        )

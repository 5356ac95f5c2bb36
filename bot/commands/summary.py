"""The end of a replay or import, told: what was done, what was left out, how far it agrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from bot.commands.coded_file import CodedFile
from bot.commands.outcome import ReplayOutcome
from bot.domain.agreement import Agreement
from bot.domain.counting import many
from bot.services.replay import Progress

_NAMED = 20  # lines of cut messages that are listed; the count tells of the rest


def print_summary(console: Console, outcome: ReplayOutcome) -> None:
    """Print the sentences of `summary`."""
    for sentence in summary(outcome):
        console.print(escape(sentence), soft_wrap=True)


def summary(outcome: ReplayOutcome) -> Iterator[str]:
    """Yield what there is to say of a run, one sentence each; never what people wrote."""
    done, file = outcome.replayed, outcome.file
    yield f"{file.path} was read as {file.form}."
    sessions = "session" if len(outcome.sessions) == 1 else "sessions"
    names = ", ".join(map(repr, outcome.sessions))
    yield (
        f"Study {outcome.study.name!r}, {sessions} {names}, codebook "
        f"{file.codebook.id!r} version {file.codebook.version} from {file.codebook_from}."
    )
    yield (
        f"{many(done.total, 'message')}: {done.stored} stored, {done.known} there already; "
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
            f"{many(len(done.differing), 'message')} of the file "
            f"{'has' if len(done.differing) == 1 else 'have'} another text in the database, which "
            f"was kept: {_lines(file, done.differing)}. To take the file's words, send it into "
            "another study: --study NAME."
        )
    yield from _human(outcome)
    yield from _cut(outcome)
    for coder, found in outcome.agreements.items():
        coded = sum(m.id in outcome.codings for m in file.transcript.messages)
        yield agreement_sentence(coder, found, coded)


def stopped_sentence(so_far: Progress, *, coding: bool) -> str:
    """Return what a run that was stopped leaves, and how to go on."""
    coded = f", {so_far.coded} coded in this run" if coding else ""
    return (
        f"What was stored stays: {so_far.stored} of {many(so_far.total, 'message')}{coded}. "
        "The same command again finishes the rest."
    )


def agreement_sentence(coder: str, found: Agreement, coded: int) -> str:
    """Return the agreement of the model, which `coded` so many, with one person as a sentence."""
    percent = "-" if found.percent is None else f"{found.percent:.1%}"
    kappa = "undefined" if found.kappa is None else f"{found.kappa:.3f}"
    others = ""
    if coded > found.n:
        others = f" (the other {coded - found.n} have no code of theirs, or one for uncoded text)"
    return (
        f"Agreement with {coder!r} on {many(found.n, 'message')}{others}: {percent}, Cohen's "
        f"kappa {kappa}."
    )


def _human(outcome: ReplayOutcome) -> Iterator[str]:
    codes = outcome.replayed.human
    if codes is None or not outcome.file.transcript.coders:
        return
    taken_back = f", {codes.withdrawn} that their coder took back" if codes.withdrawn else ""
    instead = f" ({codes.replacing} of them instead of an earlier code by the same coder)"
    yield (
        f"People's codes: {codes.added} stored{instead if codes.replacing else ''}, "
        f"{codes.known} there already, {codes.empty} cells without a code, "
        f"{codes.unstored} on messages that the session does not hold{taken_back}."
    )


def _cut(outcome: ReplayOutcome) -> Iterator[str]:
    if cut := outcome.cut:
        yield (
            f"{many(len(cut), 'message')}, too long for the coder, which read the beginning, "
            f"{'is' if len(cut) == 1 else 'are'} stored whole: {_lines(outcome.file, cut)}."
        )


def _lines(file: CodedFile, messages: Sequence[str]) -> str:
    """Return where messages stand in the file, the first of them line by line."""
    known = sorted(file.transcript.lines[m] for m in messages if m in file.transcript.lines)
    shown = ", ".join(str(line) for line in known[:_NAMED])
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"{file.path}, line {shown}{more}"

"""Reliability as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.figures import interval, number, percent
from bot.domain.counting import many
from bot.reliability.result import AC1, ALPHA, COHEN, COHEN_MEAN, FLEISS, PERCENT, Figure, Measures
from bot.reliability.words import LANDIS_KOCH_SOURCE, MCHUGH_SOURCE, words
from bot.services.reliability import StudyReliability
from exports.reliability.lines import TITLES

_SHORT = {
    PERCENT: "percent",
    COHEN: "Cohen",
    COHEN_MEAN: "Cohen (mean)",
    FLEISS: "Fleiss",
    ALPHA: "alpha",
    AC1: "AC1",
}
_CONFUSED = 5  # pairs of codes that are named; the picture and JSON have all


def print_reliability(
    console: Console, found: StudyReliability, *, every_session: bool = False
) -> None:
    """Print all measures with intervals and numbers of units, and what is to be said of them."""
    whole = found.overall
    console.print(escape(_headline(found)), soft_wrap=True)
    for note in found.notes:
        console.print(escape(f"Note: {note}"), soft_wrap=True)
    console.print(_overall(whole.overall))
    if whole.note:
        console.print(escape(f"({whole.note})"), soft_wrap=True)
    console.print(escape(f"Words: {LANDIS_KOCH_SOURCE} {MCHUGH_SOURCE}"), soft_wrap=True)
    told = "Below: values with 95 % intervals; each code against all others"
    over = "; stretches are of equal length, in the study's order" if found.over_time else ""
    console.print(f"{told}{over}.", soft_wrap=True)
    pairs = [(", ".join(p.coders), p.overall) for p in whole.pairs]
    console.print(_many("pair", pairs, (PERCENT, COHEN, ALPHA, AC1)))
    codes = list(whole.per_code.items())
    kappa = COHEN_MEAN
    console.print(_many("code", codes, (PERCENT, kappa, ALPHA, AC1), given=True))
    if found.by_session:
        sessions = [(s.name, s.reliability.overall) for s in found.by_session]
        console.print(_many("session", sessions, (PERCENT, COHEN_MEAN, ALPHA, AC1)))
    if every_session:
        for session in found.by_session:
            rows = [(", ".join(p.coders), p.overall) for p in session.reliability.pairs]
            title = f"pair in session {session.name}"
            console.print(_many(title, rows, (PERCENT, COHEN, ALPHA, AC1)))
    if found.over_time:
        stretches = [
            (str(n), s.reliability.overall) for n, s in enumerate(found.over_time, start=1)
        ]
        console.print(_many("stretch", stretches, (PERCENT, COHEN_MEAN, ALPHA, AC1)))
    console.print(_confusion(found))
    for sentence in _confused(found):
        console.print(escape(sentence), soft_wrap=True)


def _headline(found: StudyReliability) -> str:
    whole = found.overall
    noun = "unit" if found.of_units else "message"
    session = "" if found.session is None else f", session {found.session!r}"
    said = ", blind codes of people alone" if found.blind else ""
    left = f", without {', '.join(found.left_out)}" if found.left_out else ""
    return (
        f"{found.name!r}{session}: {', '.join(found.coders)}. "
        f"{many(whole.overall.n_coded, noun)} coded, {whole.overall.n_units} of them by two coders "
        f"or more, in {many(whole.overall.groups, 'group')}{said}{left}."
    )


def _overall(measures: Measures) -> Table:
    table = Table(
        "all coders",
        Column("value", justify="right"),
        "95 % interval over groups",
        Column("units", justify="right"),
        "Landis & Koch",
        "McHugh",
    )
    for name, figure in measures.figures.items():
        of_percent = name == PERCENT
        kappa = None if of_percent or figure.value is None else words(figure.value)
        table.add_row(
            TITLES[name],
            percent(figure.value) if of_percent else number(figure.value),
            _interval(figure, of_percent=of_percent),
            str(measures.n_units),
            "" if kappa is None else kappa.landis_koch,
            "" if kappa is None else kappa.mchugh,
        )
    return table


def _many(
    title: str,
    rows: Sequence[tuple[str, Measures]],
    names: Sequence[str],
    *,
    given: bool = False,
) -> Table:
    counts = ("units", "given") if given else ("units",)
    table = Table(
        escape(title),
        *(Column(name, justify="right") for name in counts),
        *(_SHORT[name] for name in names),
    )
    for name, measures in rows:
        numbers = (measures.n_units, measures.codings) if given else (measures.n_units,)
        figures = (_figure(measures[key], of_percent=key == PERCENT) for key in names)
        table.add_row(escape(name), *map(str, numbers), *figures)
    return table


def _confusion(found: StudyReliability) -> Table:
    matrix = found.confusion
    first, second = matrix.coders
    used = [
        place
        for place in range(len(matrix.codes))
        if matrix.counts[place].any() or matrix.counts[:, place].any()
    ]
    table = Table(
        escape(f"{first} down, {second} across"),
        *(Column(escape(matrix.codes[place]), justify="right") for place in used),
    )
    for row in used:
        counts = (str(matrix.counts[row, column] or "") for column in used)
        table.add_row(escape(matrix.codes[row]), *counts)
    return table


def _confused(found: StudyReliability) -> Iterator[str]:
    matrix = found.confusion
    first, second = matrix.coders
    noun = "unit" if found.of_units else "message"
    yield f"{first!r} and {second!r} both coded {many(matrix.n_units, noun)}."
    apart = matrix.most_confused(_CONFUSED)
    if apart:
        told = ", ".join(f"{c.one} with {c.other} ({c.n})" for c in apart)
        yield f"Most often confused: {told}."


def _figure(figure: Figure, *, of_percent: bool) -> str:
    """Return a value with its interval as journals print both: 0.487 [.46, .51]."""
    if figure.value is None:
        return "-"
    value = percent(figure.value) if of_percent else number(figure.value)
    if figure.low is None or figure.high is None:
        return value
    shown = _hundredth if of_percent else _short
    # Rich takes "[...]" for a style unless it is escaped.
    return escape(f"{value} [{shown(figure.low)}, {shown(figure.high)}]")


def _interval(figure: Figure, *, of_percent: bool) -> str:
    if figure.low is None or figure.high is None or not of_percent:
        return interval(figure.low, figure.high)
    return f"{percent(figure.low)} to {percent(figure.high)}"


def _hundredth(share: float) -> str:
    return f"{100 * share:.0f}"


def _short(value: float) -> str:
    """Return a coefficient with two digits and without its zero."""
    text = f"{value:.2f}"
    return text if abs(value) >= 0.995 else text.replace("0.", ".", 1)

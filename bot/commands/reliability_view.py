"""Reliability as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.figures import interval, number, percent
from bot.domain.counting import many
from bot.reliability.result import ALPHA, COHEN, COHEN_MEAN, PERCENT, Figure, Measures
from bot.reliability.words import LANDIS_KOCH_SOURCE, MCHUGH_SOURCE, words
from bot.services.reliability import StudyReliability
from exports.reliability.lines import BETWEEN, TITLES

_SHORT = {
    PERCENT: "percent",
    COHEN: "Cohen",
    COHEN_MEAN: "Cohen (mean)",
    ALPHA: "alpha",
}
_BETWEEN_COLUMNS = 2
_CONFUSED = 5  # pairs of codes that are named; the picture and JSON have all


def print_reliability(
    console: Console, found: StudyReliability, *, every_session: bool = False
) -> None:
    """Print all measures with intervals and numbers of units, and what is to be said of them."""
    whole = found.overall
    console.print(escape(_headline(found)), soft_wrap=True)
    for note in (*found.notes, *filter(None, [found.unitising_told])):
        console.print(escape(f"Note: {note}"), soft_wrap=True)
    console.print(_overall(whole.overall))
    if whole.note:
        console.print(escape(f"({whole.note})"), soft_wrap=True)
    console.print("Intervals are drawn over groups. The words are those of:")
    for source in (LANDIS_KOCH_SOURCE, MCHUGH_SOURCE):
        console.print(escape(source))
    told = "\nBelow: values with 95 % intervals; each code against all others"
    over = "; stretches are of equal length, in the study's order" if found.over_time else ""
    console.print(f"{told}{over}. Their AC1 is in the files of --json and --csv.")
    pairs = [(BETWEEN.join(p.coders), p.overall) for p in whole.pairs]
    console.print(_many("pair", pairs, COHEN))
    codes = list(whole.per_code.items())
    console.print(_many("code", codes, COHEN_MEAN, given=True))
    if found.by_session:
        sessions = [(s.name, s.reliability.overall) for s in found.by_session]
        console.print(_many("session", sessions, COHEN_MEAN))
    if every_session:
        for session in found.by_session:
            rows = [(BETWEEN.join(p.coders), p.overall) for p in session.reliability.pairs]
            title = f"pair in session {session.name}"
            console.print(_many(title, rows, COHEN))
    if found.over_time:
        stretches = [
            (str(n), s.reliability.overall) for n, s in enumerate(found.over_time, start=1)
        ]
        console.print(_many("stretch", stretches, COHEN_MEAN))
    first, second = found.confusion.coders
    console.print(escape(f"\n{first} down{BETWEEN}{second} across"), soft_wrap=True)
    for table in _confusion(found, console.width):
        console.print(table)
    for sentence in _confused(found):
        console.print(escape(sentence), soft_wrap=True)


def _headline(found: StudyReliability) -> str:
    whole = found.overall
    noun = "unit" if found.of_units else "message"
    session = "" if found.session is None else f", session '{found.session}'"
    said = ", blind codes of people alone" if found.blind else ""
    left = f", without {', '.join(found.left_out)}" if found.left_out else ""
    return (
        f"'{found.name}'{session}: {BETWEEN.join(found.coders)}. "
        f"{many(whole.overall.n_coded, noun)} coded, {whole.overall.n_units} of them by two coders "
        f"or more, in {many(whole.overall.groups, 'group')}{said}{left}."
    )


def _overall(measures: Measures) -> Table:
    table = _table(
        f"all coders, units: {measures.n_units}",
        Column("value", justify="right", no_wrap=True),
        Column("95 % interval", no_wrap=True),
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
            "" if kappa is None else kappa.landis_koch,
            "" if kappa is None else kappa.mchugh,
        )
    return table


def _many(
    title: str,
    rows: Sequence[tuple[str, Measures]],
    kappa: str,
    *,
    given: bool = False,
) -> Table:
    """Return a table that fits 80 columns: a long name is broken, no figure is."""
    names = (PERCENT, kappa, ALPHA)
    counts = ("units", "given") if given else ("units",)
    table = _table(
        Column(escape(title), overflow="fold"),
        *(Column(name, justify="right", no_wrap=True) for name in counts),
        *(Column(_SHORT[name], no_wrap=True) for name in names),
    )
    for name, measures in rows:
        numbers = (measures.n_units, measures.codings) if given else (measures.n_units,)
        figures = (_figure(measures[key], of_percent=key == PERCENT) for key in names)
        table.add_row(escape(name), *map(str, numbers), *figures)
    return table


def _confusion(found: StudyReliability, width: int) -> Iterator[Table]:
    """Yield the confusion, its columns shared among as many tables as fit."""
    matrix = found.confusion
    used = [
        place
        for place in range(len(matrix.codes))
        if matrix.counts[place].any() or matrix.counts[:, place].any()
    ]
    wide = max((cell_len(matrix.codes[place]) for place in used), default=0)
    names = min(max(wide, 12), width // 3)  # the column of the rows' names
    widest = max(min(wide, width // 3), len(str(matrix.counts.max(initial=0))))
    at_once = max(1, (width - names - _BETWEEN_COLUMNS) // (widest + _BETWEEN_COLUMNS))
    for start in range(0, len(used), at_once):
        columns = used[start : start + at_once]
        table = _table(
            Column(overflow="fold", width=names),
            *(
                Column(escape(matrix.codes[place]), justify="right", overflow="fold", width=widest)
                for place in columns
            ),
        )
        for row in used:
            counts = (str(matrix.counts[row, column] or "") for column in columns)
            table.add_row(escape(matrix.codes[row]), *counts)
        yield table


def _table(*columns: Column | str) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)


def _confused(found: StudyReliability) -> Iterator[str]:
    matrix = found.confusion
    first, second = matrix.coders
    noun = "unit" if found.of_units else "message"
    yield f"'{first}' and '{second}' both coded {many(matrix.n_units, noun)}."
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

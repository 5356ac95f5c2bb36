"""The training report as a researcher reads it: Markdown with tables, pictures and examples."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.counting import many
from bot.reliability.resampling import interval_note
from training.metrics import Metrics
from training.people import EASIER
from training.report.agreement import code_by_code, confusions, named
from training.report.confidence import confidence
from training.report.data import ReportData
from training.report.markdown import decimal, percent, quoted, table

_SUBSTANTIAL = 0.61  # McHugh 2012, the level that Simmonds & Haines hold a coder to


def report_text(data: ReportData) -> str:
    """Return report.md; it links the pictures that stand beside it."""
    sections = (
        _headline(data),
        _records(data),
        _learning(data),
        code_by_code(data),
        confusions(data),
        confidence(data.test, data.calibration),
        _setup(data),
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _headline(data: ReportData) -> Iterator[str]:
    test = data.test
    yield f"# {quoted(data.name)}: how well it codes"
    yield ""
    if not test.n:
        yield "There were no test messages: nothing can be said about this coder's agreement."
        return
    unseen = (
        "from groups that it has never seen"
        if data.split == "group"
        else "drawn at random, so from groups that it has partly seen (the paper's split; "
        "expect less on new groups)"
    )
    yield (
        f"**{percent(test.accuracy)} agreement with people, Cohen's kappa {decimal(test.kappa)}**"
        f"{_interval(test)}: {many(test.n, 'test message')} in {many(test.groups, 'group')}, "
        f"{unseen}."
    )
    yield ""
    yield _meaning(test.kappa)
    yield ""
    if data.people:
        yield EASIER
        yield ""
    yield from table(
        ("", "agreement", "kappa"),
        (
            ("this coder, test", percent(test.accuracy), decimal(test.kappa)),
            (
                "this coder, validation",
                percent(data.validation.accuracy),
                decimal(data.validation.kappa),
            ),
            *_people(data),
            ("paper: model with people (Simmonds & Haines)", "73 %", "—"),
            ("paper: two people (Haines et al. 2014)", "89 %", ".71"),
        ),
    )
    yield ""
    yield (
        "The paper's figures are of other discussions and another codebook: they show the "
        "range, not a threshold. Kappa is agreement beyond chance; its 95 % interval draws "
        "whole groups, since messages of one group are not independent."
    )
    yield ""
    yield (
        f"Macro-F1 (every code counts alike, however rare): {decimal(test.macro_f1)}. Expected "
        f"calibration error: {decimal(test.ece, 3)}, the mean distance between the stated "
        "confidence and the share that is right."
    )
    if test.unknown:
        named = ", ".join(f"{quoted(code)} ({n})" for code, n in test.unknown.items())
        yield ""
        yield f"The coder does not know these codes; their messages count as errors: {named}."
    for note in data.notes:
        yield ""
        yield f"Note: {quoted(note)}"


def _people(data: ReportData) -> Iterator[tuple[str, str, str]]:
    for pair in data.people:
        names, found = " and ".join(map(quoted, pair.coders)), pair.agreement
        label = f"two people of this study: {names}, {many(found.n, 'message')}"
        yield label, percent(found.percent), decimal(found.kappa)


def _interval(test: Metrics) -> str:
    note = interval_note(test.groups)
    if test.kappa_low is None or test.kappa_high is None:
        return f" ({note or 'no interval: kappa is undefined'})"
    rough = f", {note}" if note else ""
    return f" (95 % interval {decimal(test.kappa_low)} to {decimal(test.kappa_high)}{rough})"


def _meaning(kappa: float | None) -> str:
    if kappa is None:
        return "Kappa is undefined: people and model used one and the same code throughout."
    if kappa >= _SUBSTANTIAL:
        return (
            "Kappa .61 and above is called substantial (McHugh 2012). Check the weak codes "
            "below before counting on them one by one."
        )
    return (
        "Kappa below .61 is not substantial (McHugh 2012): use this coder's codes as a "
        "suggestion that people review, and train it on more verified messages."
    )


def _records(data: ReportData) -> Iterator[str]:
    yield "## Records"
    yield ""
    counted = [(c.train, c.train_drawn, c.validation, c.test) for c in data.counts]
    rows = [
        (named(data, c.code), *map(str, row)) for c, row in zip(data.counts, counted, strict=True)
    ]
    sums = [str(sum(column)) for column in zip(*counted, strict=True)] or ["0"] * 4
    rows.append(("all", *sums))
    yield from table(("code", "train", "train after oversampling", "validation", "test"), rows)
    yield ""
    if not data.dropped:
        yield "No record was left out."
        return
    yield (
        "Left out, but kept as context in the windows (a mismatch of several pairs of coders "
        "counts once for each pair):"
    )
    yield ""
    for fell in data.dropped:
        if fell.coders is None:
            yield f"- {fell.count}: {quoted(fell.rule)}"
        else:
            pair = " and ".join(map(quoted, fell.coders))
            yield f"  - on {fell.count} of these, {pair} differ"


def _learning(data: ReportData) -> Iterator[str]:
    yield "## Learning"
    yield ""
    if not data.epochs:
        yield "No epoch was finished."
        return
    yield "![Accuracy, learning rate and loss over the epochs](learning_curve.png)"
    yield ""
    yield (
        f"Epoch {data.best_epoch} was kept: the best validation accuracy. Training took "
        f"{_duration(data.seconds)}."
    )
    yield ""
    yield from table(
        (
            "epoch",
            "learning rate",
            "train loss",
            "train accuracy",
            "validation loss",
            "validation accuracy",
            "time",
        ),
        (
            (
                f"{e.epoch}{' (kept)' if e.epoch == data.best_epoch else ''}",
                f"{e.learning_rate:.2e}",
                f"{e.train_loss:.3f}",
                percent(e.train_accuracy),
                f"{e.validation_loss:.3f}",
                percent(e.validation_accuracy),
                _duration(e.seconds),
            )
            for e in data.epochs
        ),
    )


def _setup(data: ReportData) -> Iterator[str]:
    yield "## How it was trained"
    yield ""
    rows = [*sorted(data.settings.items()), *sorted(data.machine.items())]
    yield from table(("setting", "value"), ((quoted(k), quoted(str(v))) for k, v in rows))
    yield ""
    yield (
        "All figures are in `report.json`, every test message with its codes and confidence in "
        "`predictions.csv` (cells that a spreadsheet would run as a formula begin with an "
        "apostrophe there)."
    )


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{seconds:.1f} s"

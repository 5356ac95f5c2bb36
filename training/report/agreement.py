"""The part of the report on agreement: code by code, and what is confused."""

from __future__ import annotations

from collections.abc import Iterator

from training.metrics import Confused
from training.report.data import ReportData
from training.report.markdown import decimal, percent, quoted, table
from training.scored import Scored

_PAIRS, _EXAMPLES = 8, 3


def named(data: ReportData, code: str) -> str:
    """Return a code with its title, if it has one of its own."""
    title = data.titles.get(code)
    return f"{quoted(code)} {quoted(title)}" if title and title != code else quoted(code)


def code_by_code(data: ReportData) -> Iterator[str]:
    """Yield the lines of the table of codes."""
    yield "## Code by code (test)"
    yield ""
    yield from table(
        ("code", "messages", "given by the model", "precision", "recall", "F1", "kappa"),
        (
            (
                named(data, code),
                str(m.n),
                str(m.predicted),
                decimal(m.precision),
                decimal(m.recall),
                decimal(m.f1),
                decimal(m.kappa),
            )
            for code, m in data.test.per_code.items()
        ),
    )
    yield ""
    yield (
        "Precision: of the messages that the model gave this code, the share to which people "
        "gave it. Recall: of the messages that people gave it, the share that the model found. "
        "Kappa: this code against all others. A dash: nothing to measure. Figures of codes with "
        "few messages move with every single one."
    )
    yield ""
    yield "![F1 by code](f1_by_code.png)"


def confusions(data: ReportData) -> Iterator[str]:
    """Yield the lines on the codes that are taken for each other, with examples."""
    yield "## Which codes are confused"
    yield ""
    yield "![Confusion matrix](confusion.png)"
    pairs = data.test.most_confused[:_PAIRS]
    if not pairs:
        yield ""
        yield "Not one test message got another code than people gave it."
        return
    yield ""
    yield from table(
        ("people's code → the model's", "messages", "share of people's code"),
        ((_arrow(p), str(p.n), percent(p.share_of_gold)) for p in pairs),
    )
    yield ""
    yield (
        "Examples, the surest first: these tell whether the coder or the codebook's border "
        "between two codes needs work."
    )
    for pair in pairs:
        yield ""
        yield f"**{_arrow(pair)}**"
        yield ""
        yield from _examples(data.test_scored, pair)


def _examples(scored: Scored, pair: Confused) -> Iterator[str]:
    gold, predicted = scored.classes.index(pair.gold), scored.classes.index(pair.predicted)
    found = [
        i
        for i in range(len(scored.message_ids))
        if scored.gold_classes[i] == gold and scored.predicted[i] == predicted
    ]
    found.sort(key=lambda i: (-scored.confidence[i], scored.message_ids[i]))
    for i in found[:_EXAMPLES]:
        yield f"- “{quoted(scored.comments[i])}” ({percent(float(scored.confidence[i]))} sure)"


def _arrow(pair: Confused) -> str:
    return f"{quoted(pair.gold)} → {quoted(pair.predicted)}"

"""A coded discussion as a table: what was said, the model's code, the person's code."""

from __future__ import annotations

from collections.abc import Mapping

from rich.markup import escape
from rich.table import Column, Table

from bot.domain.codebook import Codebook
from bot.domain.coding import Coding
from bot.domain.discussion import Discussion

_SURE, _FAIR = 0.8, 0.5
"""Confidence from which a code is shown green, and yellow."""


def coded_table(
    discussion: Discussion,
    codings: Mapping[str, Coding],
    human: Mapping[str, Mapping[str, str]],
    coder: str,
    codebook: Codebook,
) -> Table:
    """Return one row a message: the model's codes are in `codings`, those of `coder` in `human`.

    Where the person gave no code, or one that marks uncoded text, nothing is compared.
    """
    table = Table(
        Column("#", justify="right"),
        "who",
        Column("comment", overflow="fold", ratio=5),
        Column("model", overflow="fold", ratio=3),
        Column("sure", justify="right"),
        Column(coder, overflow="fold"),
        "",
        title=escape(f"{discussion.thread_id}: {discussion.scenario.title}"),
        expand=True,
    )
    decided = {c.code for c in codebook.codes if not c.uncoded}
    for message in discussion.messages:
        coding = codings.get(message.id)
        given = human.get(message.id, {}).get(coder, "")
        table.add_row(
            str(message.sequence),
            escape(message.speaker),
            escape(message.text),
            _code(coding, codebook),
            _confidence(coding),
            escape(given),
            _verdict(coding, given) if given in decided else "",
        )
    return table


def _code(coding: Coding | None, codebook: Codebook) -> str:
    if coding is None:
        return "-"
    return escape(f"{coding.code} {codebook.by_code[coding.code].title}")


def _confidence(coding: Coding | None) -> str:
    if coding is None or coding.confidence is None:
        return "-"
    share = coding.confidence
    colour = "green" if share >= _SURE else "yellow" if share >= _FAIR else "red"
    return f"[{colour}]{share:.0%}[/{colour}]"


def _verdict(coding: Coding | None, given: str) -> str:
    if coding is None:
        return ""
    return "[green]ok[/green]" if coding.code == given else "[red]differs[/red]"

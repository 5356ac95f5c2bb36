"""The transcript as one HTML page to read and to print; it needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from html import escape
from pathlib import Path

from bot.domain.counting import many
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.printed.style import STYLE
from exports.printed.words import Said, Tag, at, begun, heading, units_said, visible
from exports.tables.table import PLAIN, Wanted
from exports.writing import replacing

_MARK = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
_MARK += '<meta name="generator" content="Intercoder">\n'


async def write_html(
    discussions: AsyncIterable[CodedDiscussion],
    about: About,
    path: Path,
    wanted: Wanted = PLAIN,  # noqa: ARG001 - every form takes it
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Only one discussion is held in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    with replacing(path) as file:
        file.writelines(_head(about))
        async for coded in discussions:
            file.writelines(_discussion(coded, about))
            counted = counted.including(coded)
        file.write("</body>\n</html>\n")
    return counted


def is_html_export(file: Path) -> bool:
    """Tell whether a file begins as our pages do."""
    with file.open("rb") as opened:
        return opened.read(len(_MARK)) == _MARK.encode()


def _head(about: About) -> Iterator[str]:
    study = _text(about.study)
    book = about.codebook
    yield f"{_MARK}<title>{study}</title>\n"
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f'<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1 dir="auto">{study}</h1>\n'
    yield f'<p dir="auto">Codebook: {_text(book.title)}, version {_text(book.version)}. '
    yield "Speakers have pseudonyms. Times are UTC.</p>\n"
    if about.coders:
        coders = ", ".join(f"{_text(c.name)} ({c.kind})" for c in about.coders)
        yield f'<p dir="auto">Coders: {coders}.</p>\n'
    yield '</header>\n<section class="legend">\n<h2>Codes</h2>\n<dl>\n'
    for code in book.codes:
        title = f" {_text(code.title)}" if code.title != code.code else ""
        yield f'<dt dir="auto"><b>{_text(code.code)}</b>{title}</dt>\n'
        if code.definition:
            yield f'<dd dir="auto">{_text(code.definition)}</dd>\n'
    yield "</dl>\n<p>\N{CHECK MARK} is the code that people settled on.</p>\n</section>\n"


def _discussion(coded: CodedDiscussion, about: About) -> Iterator[str]:
    yield f'<section class="talk">\n<h2 dir="auto">{_text(heading(coded))}</h2>\n'
    if when := begun(coded):
        yield f'<p class="when">{when}</p>\n'
    if coded.discussion.scenario.text:
        scenario = _text(coded.discussion.scenario.text)
        yield f'<blockquote class="scenario" dir="auto">{scenario}</blockquote>\n'
    for said in units_said(coded, about.codebook):
        if said.missing:
            yield f'<p class="missing">{many(said.missing, "message")} missing here</p>\n'
        yield from _unit(said)
    yield "</section>\n"


def _unit(said: Said) -> Iterator[str]:
    joined = " joined" if len(said.messages) > 1 else ""
    yield f'<article class="said{joined}">\n<div class="words">\n'
    yield f'<span class="who"><bdi>{_text(said.messages[0].speaker)}</bdi></span>\n'
    for message in said.messages:
        reply = said.replies.get(message.id)
        if reply is not None:
            whom = "" if reply.speaker is None else f"<bdi>{_text(reply.speaker)}</bdi>: "
            yield f'<p class="reply" dir="auto">\N{RIGHTWARDS ARROW} {whom}'
            yield f"{_text(reply.words)}</p>\n"
        gone = ' <i class="gone">(deleted)</i>' if message.id in said.deleted else ""
        yield f'<p class="line"><span class="place">{message.sequence}</span> '
        yield f"<time>{at(message.sent_at)}</time></p>"
        yield f'<p class="text" dir="auto">{_text(message.text)}{gone}</p>\n'
    yield '</div>\n<div class="codes">\n'
    for tag in said.tags:
        yield _tag(tag)
    for remark in said.remarks:
        yield f'<p class="remark" dir="auto">{_text(remark)}</p>\n'
    yield "</div>\n</article>\n"


def _tag(tag: Tag) -> str:
    title = f" <bdi>{_text(tag.title)}</bdi>" if tag.title else ""
    names = ", ".join(f"<bdi>{_text(name)}</bdi>" for name in tag.coders)
    who = f' <span class="by">{names}</span>' if names else ""
    settled = ""
    if tag.settled is not None:
        settled = f' <span class="settled">\N{CHECK MARK} {_text(tag.settled)}</span>'
    kind = "tag" if tag.settled is None else "tag verified"
    return f'<p class="{kind}"><b><bdi>{_text(tag.code)}</bdi></b>{title}{settled}{who}</p>\n'


def _text(text: str) -> str:
    return escape(visible(text))

"""The transcript as Markdown (CommonMark): readable as it stands, and safe wherever it is shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Iterator
from pathlib import Path

from bot.domain.counting import many
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.printed.words import Said, Tag, at, begun, heading, units_said, visible
from exports.tables.table import PLAIN, Wanted
from exports.writing import replacing

_MARK = "<!-- Intercoder transcript -->\n"
# What means something anywhere in a line; ":" and "@" make links of addresses in some readers.
_ANYWHERE = re.compile(
    r"([\\`*_\[\]<>&|~$]|(?<=\w):(?=//)|(?<=\w)@(?=\w)|(?<=\bwww)\.)", re.IGNORECASE
)
# What means something at the beginning of a line: headings, lists, rules, tables.
_AT_START = re.compile(r"^(\s*)([#+=\-]|\d+(?=[.)]))")
_SPACES = re.compile(r"^[^\S\n]+|[^\S\n]+$")


async def write_markdown(
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
    return counted


def is_markdown_export(file: Path) -> bool:
    """Tell whether a file begins as ours do."""
    with file.open("rb") as opened:
        return opened.read(len(_MARK)) == _MARK.encode()


def escaped(text: str) -> str:
    """Return `text` as Markdown that shows it as it is, its line breaks kept (hard breaks)."""
    lines = re.split(r"\r\n|\r|\n", text)
    return "\\\n".join(_line(visible(line)) for line in lines)


def _line(line: str) -> str:
    if not line.strip():
        return "&nbsp;"  # an empty line would end the paragraph
    line = _ANYWHERE.sub(r"\\\1", line)
    start = _AT_START.match(line)
    if start is not None:
        space, sign = start.groups()
        rest = line[start.end() :]
        line = f"{space}{sign}\\{rest}" if sign.isdigit() else f"{space}\\{sign}{rest}"
    # Spaces at the ends would make code of a line, or be lost.
    return _SPACES.sub(lambda found: "".join(f"&#{ord(c)};" for c in found.group()), line)


def _inline(text: str) -> str:
    """Return `text` for a place within one line."""
    return escaped(" ".join(text.split()) or "-")


def _head(about: About) -> Iterator[str]:
    book = about.codebook
    yield f"{_MARK}\n# {_inline(about.study)}\n\n"
    yield f"Codebook: {_inline(book.title)}, version {_inline(book.version)}. "
    yield "Speakers have pseudonyms. Times are UTC.\n\n"
    if about.coders:
        yield f"Coders: {', '.join(f'{_inline(c.name)} ({c.kind})' for c in about.coders)}.\n\n"
    yield "## Codes\n\n"
    for code in book.codes:
        title = f" {_inline(code.title)}" if code.title != code.code else ""
        definition = f": {_inline(code.definition)}" if code.definition else ""
        yield f"- **{_inline(code.code)}**{title}{definition}\n"
    yield "\n\N{CHECK MARK} is the code that people settled on.\n"


def _discussion(coded: CodedDiscussion, about: About) -> Iterator[str]:
    yield f"\n## {_inline(heading(coded))}\n\n"
    if when := begun(coded):
        yield f"{when}\n\n"
    if coded.discussion.scenario.text:
        yield _quoted(coded.discussion.scenario.text) + "\n"
    for said in units_said(coded, about.codebook):
        if said.missing:
            yield f"\n*{many(said.missing, 'message')} missing here*\n"
        yield from _unit(said)


def _unit(said: Said) -> Iterator[str]:
    yield f"\n**{_inline(said.messages[0].speaker)}**\n"
    for message in said.messages:
        reply = said.replies.get(message.id)
        if reply is not None:
            whom = "" if reply.speaker is None else f"{reply.speaker}: "
            yield "\n" + _quoted(f"\N{RIGHTWARDS ARROW} {whom}{reply.words}")
        gone = " *(deleted)*" if message.id in said.deleted else ""
        place = " \N{MIDDLE DOT} ".join(filter(None, (str(message.sequence), at(message.sent_at))))
        yield f"\n{escaped(place)}{gone}\\\n{escaped(message.text)}\n"
    for line in (*map(_tag, said.tags), *(_inline(remark) for remark in said.remarks)):
        yield f"\n- {line}" if line else ""
    if said.tags or said.remarks:
        yield "\n"


def _tag(tag: Tag) -> str:
    mark = "" if tag.settled is None else "\N{CHECK MARK} "
    title = f" {_inline(tag.title)}" if tag.title else ""
    settled = "" if tag.settled is None else f" ({_inline(tag.settled)})"
    who = f": {', '.join(map(_inline, tag.coders))}" if tag.coders else ""
    return f"{mark}**{_inline(tag.code)}**{title}{settled}{who}"


def _quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in escaped(text).split("\n"))

"""What the printed forms say of a message, in words and in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.codebook import Codebook
from bot.domain.coding import Basis, CoderKind, Coding, Verified, latest
from bot.domain.discussion import Message
from bot.domain.settling import names
from bot.storage.rows import CodedDiscussion
from exports.facts import Facts, facts

_MARKS = {"edge_case": "edge case", "unsure": "unsure"}
_BASIS = {
    Basis.ADJUDICATED: "adjudicated by",
    Basis.REVIEWED: "reviewed by",
    Basis.AGREED: "agreed by",
}
QUOTE = 80
"""Characters of a message that are quoted where it is answered."""

_CONTROL = {n: 0x2400 + n for n in range(0x20) if chr(n) not in "\t\n"} | {0x7F: 0x2421}
_CONTROL |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD) | {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


@dataclass(frozen=True, slots=True)
class Tag:
    """A code, its title, who gave it, and how it was settled if people settled on it.

    Those whom `settled` names are not named in `coders` again.
    """

    code: str
    title: str
    coders: tuple[str, ...]
    settled: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Whom a message answers, and the beginning of what they wrote; None where it is elsewhere."""

    speaker: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A unit of analysis: the messages of one thought, and what people and models made of it."""

    messages: tuple[Message, ...]
    tags: tuple[Tag, ...]
    replies: Mapping[str, Reply]
    remarks: tuple[str, ...]
    deleted: frozenset[str]
    missing: int


def units_said(coded: CodedDiscussion, codebook: Codebook) -> Iterator[Said]:
    """Yield the units of a discussion, each where its first message stands."""
    told = {each.message.id: each for each in facts(coded)}
    for first in told.values():
        if first.unit == first.message.id:
            yield _said([told[i] for i in first.unit_messages], told, codebook)


def visible(text: str) -> str:
    """Return `text` with pictures for the control characters that no page can hold."""
    return text.replace("\r\n", "\n").translate(_CONTROL)


def at(moment: datetime | None, day: bool = False) -> str:
    """Return a time to the second in UTC, with its day if wanted; empty without one."""
    if moment is None:
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if day else f"{moment:%H:%M:%S}"


def heading(coded: CodedDiscussion) -> str:
    """Return what a discussion is called: session, thread, and scenario with its round."""
    scenario = coded.discussion.scenario
    again = f", round {coded.discussion.round}" if coded.discussion.round > 1 else ""
    return f"{coded.session}, {coded.thread.name}: {scenario.title or scenario.id}{again}"


def begun(coded: CodedDiscussion) -> str:
    """Return when the first message of a discussion was written, as a sentence; empty without."""
    times = [m.sent_at for m in coded.discussion.messages if m.sent_at is not None]
    return f"Begun {at(times[0], day=True)} UTC." if times else ""


def _said(members: list[Facts], told: Mapping[str, Facts], codebook: Codebook) -> Said:
    given = latest(sorted((c for f in members for c in f.codings), key=lambda c: c.at))
    replies = {
        f.message.id: _reply(f.message.reply_to, told)
        for f in members
        if f.message.reply_to is not None
    }
    return Said(
        messages=tuple(f.message for f in members),
        tags=tuple(_tags(given, members[0].unit_verified, codebook)),
        replies=replies,
        remarks=tuple(line for f in members for line in _remarks(f)),
        deleted=frozenset(f.message.id for f in members if f.deleted),
        missing=sum(f.missing for f in members),
    )


def _tags(
    given: Mapping[str, Coding], settled: Verified | None, codebook: Codebook
) -> Iterator[Tag]:
    """Yield one tag a code, the settled one first, then in the order of the coding sheet."""
    order = {code.code: place for place, code in enumerate(codebook.codes)}
    coders: dict[str, list[str]] = {}
    for name, coding in sorted(given.items()):
        coders.setdefault(coding.code, []).append(_coder(name, coding))
    if settled is not None:
        coders.setdefault(settled.code, [])
    tags = []
    for code, people in coders.items():
        known = codebook.by_code.get(code)
        title = known.title if known is not None and known.title != code else ""
        by, once = None, people
        if settled is not None and settled.code == code:
            by = _by(settled)
            once = [name for name in people if name not in settled.coders]
        tags.append(Tag(code or "(no code)", title, tuple(once), by))
    yield from sorted(tags, key=lambda t: (t.settled is None, order.get(t.code, len(order))))


def _by(settled: Verified) -> str:
    alone = settled.basis is Basis.AGREED and len(settled.coders) == 1
    return f"{'coded by' if alone else _BASIS[settled.basis]} {names(settled.coders)}"


def _coder(name: str, coding: Coding) -> str:
    if coding.kind is CoderKind.MODEL and coding.confidence is not None:
        return f"{name} ({coding.confidence:.0%})"
    return name


def _reply(target: str | None, told: Mapping[str, Facts]) -> Reply:
    answered = told.get(target or "")
    if answered is None:
        return Reply(None, "a message that is not in this discussion")
    words = " ".join(visible(answered.message.text).split())
    short = (
        words if len(words) <= QUOTE else f"{words[: QUOTE - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    )
    return Reply(answered.message.speaker, short)


def _remarks(told: Facts) -> Iterator[str]:
    for mark in told.marks:
        yield f"{_MARKS[mark.kind]} ({mark.coder})"
    for coding in told.standing:
        if coding.note:
            yield f"{coding.coder} on {coding.code or 'no code'}: {coding.note}"
    for note in told.notes:
        yield f"{note.coder}: {note.text}"

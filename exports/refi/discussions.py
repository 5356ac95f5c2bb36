"""A text source -> one discussion: by our own descriptions, else by its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from bot.domain.discussion import NO_SCENARIO, Discussion, Message, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.layout import place_id
from exports.refi.describing import MESSAGE_KEYS, SOURCE_KEYS
from exports.refi.fields import parse_fields
from exports.refi.paragraphs import DELETED, NO_WORDS
from exports.refi.place import Span, line_of, refusal
from exports.refi.plain import label, shown
from exports.refi.source_text import SourceText

UNKNOWN = "unknown"
"""Speaker of a text that does not name its speakers."""

_LINE = re.compile("[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_SPOKEN = re.compile(r"\s*([^\s:][^:]{0,79}?)\s*:(?:\s+|$)(.*?)\s*", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Said:
    """A message, where its words stand in the source, and the line that tells of it."""

    message: Message
    span: Span
    line: int | None
    deleted: bool = False


@dataclass(frozen=True)
class Talk:
    """A source as one discussion, messages in sequence."""

    thread_id: str
    scenario: Scenario
    round: int
    said: tuple[Said, ...]
    named: bool = True
    """Whether the text names its speakers."""
    session: str | None = None

    @property
    def discussion(self) -> Discussion:
        """The discussion alone."""
        messages = tuple(s.message for s in self.said)
        return Discussion(self.thread_id, self.scenario, messages, self.round)


class _Place(NamedTuple):
    thread_id: str
    scenario: Scenario
    round: int


def read_talk(
    element: etree._Element, text: SourceText, dataset: str, thread: str, source: str | Path
) -> Talk:
    """Return the discussion of a TextSource; `thread` is its thread where it tells none.

    Raises InputError with the line for a description of ours whose values make no sense,
    messages that stand twice, and control characters.
    """
    told = dict(parse_fields(element.findtext("{*}Description"), SOURCE_KEYS) or ())
    place = _Place(thread, Scenario(NO_SCENARIO, "", ""), 1)
    if {"thread", "scenario", "title", "text", "round"} <= set(told):
        scenario = Scenario(told["scenario"], told["title"], told["text"])
        place = _Place(told["thread"], scenario, _whole(element, told, "round", source))
    said: list[Said] = []
    for selection in element.findall("{*}PlainTextSelection"):
        fields = parse_fields(selection.findtext("{*}Description"), MESSAGE_KEYS)
        if fields and fields[0][0] == "message":
            said.append(_described(selection, dict(fields), text, place, source))
    if not said:
        return _by_paragraphs(element, text, dataset, place, source)
    said.sort(key=lambda s: s.message.sequence)
    _check_sequences(said, source)
    return Talk(*place, tuple(said), session=told.get("session") or None)


def _described(
    selection: etree._Element,
    told: dict[str, str],
    text: SourceText,
    place: _Place,
    source: str | Path,
) -> Said:
    """Return the message that a selection of ours tells of."""
    lacking = [key for key in ("sequence", "speaker", "provenance") if not told.get(key)]
    if lacking:
        raise refusal(selection, f"its description has no {lacking[0]}", source)
    span = text.span(selection, source)
    try:
        provenance = Provenance(told["provenance"])
        sent_at = None if "sent at" not in told else datetime.fromisoformat(told["sent at"])
    except ValueError as error:
        raise refusal(selection, f"its description cannot be read ({error})", source) from None
    if sent_at is not None and sent_at.tzinfo is None:
        raise refusal(selection, f"time {told['sent at']!r} has no offset from UTC", source)
    deleted = told.get("deleted") == "yes"
    words = text.text[span.start : span.end]
    exact = told.get("text")
    # The exact words only if they still are those of the text.
    if exact is not None and (shown(exact) or (DELETED if deleted else NO_WORDS)) == words:
        words = exact
    message = Message(
        id=told["message"],
        thread_id=place.thread_id,
        scenario_id=place.scenario.id,
        sequence=_whole(selection, told, "sequence", source),
        speaker=told["speaker"],
        sent_at=sent_at,
        text=words,
        round=place.round,
        reply_to=told.get("reply to"),
        provenance=provenance,
    )
    return Said(message, span, line_of(selection), deleted)


def _by_paragraphs(
    element: etree._Element, text: SourceText, dataset: str, place: _Place, source: str | Path
) -> Talk:
    control = _CONTROL.search(text.text)
    if control:
        raise refusal(
            element,
            f"control character U+{ord(control.group()):04X} at {control.start()} in its text",
            source,
            "the text was damaged on its way: remove the character and code it again",
        )
    lines = [m for m in _LINE.finditer(text.text) if m.group().strip()]
    spoken = [_SPOKEN.fullmatch(m.group()) for m in lines]
    named = bool(lines) and all(spoken)
    said = []
    for number, (line, match) in enumerate(zip(lines, spoken, strict=True), start=1):
        words, speaker = line.group().strip(), UNKNOWN
        if named and match is not None:
            speaker, words = match[1], match[2]
        message = Message(
            id=place_id(dataset, place.thread_id, place.scenario.id, str(place.round), str(number)),
            thread_id=place.thread_id,
            scenario_id=place.scenario.id,
            sequence=number,
            speaker=label(speaker),
            sent_at=None,
            text=words,
            round=place.round,
        )
        # The whole line: who codes in another program often takes the name along, or it alone.
        said.append(Said(message, Span(line.start(), line.end()), line_of(element)))
    return Talk(*place, tuple(said), named)


def _whole(element: etree._Element, told: dict[str, str], key: str, source: str | Path) -> int:
    number = told[key]
    if not re.fullmatch("[0-9]{1,9}", number) or int(number) < 1:
        raise refusal(
            element, f"{key} {number[:40]!r} is not a whole number from 1 to 999999999", source
        )
    return int(number)


def _check_sequences(said: Sequence[Said], source: str | Path) -> None:
    for before, after in pairwise(said):
        if before.message.sequence == after.message.sequence:
            raise InputError(
                f"sequence {after.message.sequence} is that of line {before.line}, too",
                "keep one of the two messages",
                source=source,
                line=after.line,
            )

"""One discussion as a text source: a selection of a message's words for each coder's code.

Programs take the coder of a code from the selection, not from the coding in it, so each coder
has a selection of their own; the first of a message tells what else is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from lxml import etree

from bot.domain.coding import CoderKind, Coding, latest
from bot.domain.discussion import Message
from bot.storage.rows import CodedDiscussion
from exports.refi.describing import describe_message, describe_source
from exports.refi.names import INTERNAL
from exports.refi.paragraphs import Place
from exports.refi.plain import label, visible
from exports.refi.registry import Registry


class SourceWriter:
    """Turns one discussion into elements; notes and links go out by `note` and `link`.

    `decided` counts the codings of each message written so far.
    """

    def __init__(
        self,
        registry: Registry,
        coded: CodedDiscussion,
        note: Callable[[etree._Element], None],
        link: Callable[[etree._Element], None],
    ) -> None:
        self._registry = registry
        self._coded = coded
        self._note = note
        self._link = link
        discussion = coded.discussion
        self.guid = registry.guids.of(
            "source", discussion.thread_id, discussion.scenario.id, str(discussion.round)
        )
        self.decided: list[int] = []
        self._ids = {m.id for m in discussion.messages}

    def source(self, places: tuple[Place, ...]) -> etree._Element:
        """Return the TextSource with its selections."""
        discussion = self._coded.discussion
        name = f"{discussion.thread_id}, {discussion.scenario.id}"
        if discussion.round > 1:
            name += f", round {discussion.round}"
        element = etree.Element(
            "TextSource",
            guid=self.guid,
            name=self._registry.source_name(name),
            plainTextPath=f"{INTERNAL}{self.guid}.txt",
            creationDateTime=self._time(discussion.messages[0].sent_at),
        )
        scenario = discussion.scenario
        etree.SubElement(element, "Description").text = describe_source(self._coded)
        for place in places:
            element.extend(self._selections(place))
        value = self._registry.value
        element.append(value("Thread", discussion.thread_id))
        element.append(value("Session", self._coded.session))
        element.append(value("Scenario", scenario.id))
        element.append(value("Scenario title", scenario.title))
        element.append(value("Round", discussion.round))
        return element

    def _selections(self, place: Place) -> Iterator[etree._Element]:
        message = place.message
        given = latest(self._coded.codings.get(message.id, ())).values()
        decided = sorted(
            (c for c in given if c.code), key=lambda c: (c.kind is CoderKind.MODEL, c.coder)
        )
        self.decided.append(len(decided))
        own = self._message_guid(message.id)
        self._registry.said(message, own)
        if message.reply_to in self._ids and message.reply_to is not None:
            self._reply(own, self._message_guid(message.reply_to))
        notes = self._notes(message)
        for number, coding in enumerate([*decided] or [None]):
            first = number == 0
            guid = own if first or coding is None else self._guid("selection", message, coding)
            selection = etree.Element(
                "PlainTextSelection",
                guid=guid,
                name=label(message.id),
                startPosition=str(place.start),
                endPosition=str(place.end),
                creationDateTime=self._time(message.sent_at if coding is None else coding.at),
            )
            if first:
                told = describe_message(self._coded, message)
                etree.SubElement(selection, "Description").text = told
            if coding is not None:
                selection.set("creatingUser", self._registry.user(coding.kind, coding.coder))
                selection.append(self._coding(message, coding))
            if first:
                selection.extend(_reference("NoteRef", note) for note in notes)
            yield selection

    def _coding(self, message: Message, coding: Coding) -> etree._Element:
        user = self._registry.user(coding.kind, coding.coder)
        element = etree.Element(
            "Coding",
            guid=self._guid("coding", message, coding),
            creatingUser=user,
            creationDateTime=self._time(coding.at),
        )
        element.append(_reference("CodeRef", self._registry.code(coding.code)))
        if coding.note:
            guid = self._guid("note", message, coding)
            self._write_note(guid, coding.note, user, coding.coder, coding.at)
            element.append(_reference("NoteRef", guid))
        return element

    def _notes(self, message: Message) -> list[str]:
        """Write what coders noted without deciding; return the notes' GUIDs."""
        written = []
        for number, note in enumerate(self._coded.notes.get(message.id, ())):
            guid = self._registry.guids.of("remark", message.thread_id, message.id, str(number))
            user = self._registry.user(CoderKind.HUMAN, note.coder)
            self._write_note(guid, note.text, user, note.coder, note.at)
            written.append(guid)
        return written

    def _write_note(self, guid: str, text: str, user: str, coder: str, at: datetime) -> None:
        element = etree.Element(
            "Note",
            guid=guid,
            name=label(f"Note by {coder}"),
            creatingUser=user,
            creationDateTime=self._time(at),
        )
        etree.SubElement(element, "PlainTextContent").text = visible(text)
        self._note(element)

    def _reply(self, message: str, target: str) -> None:
        guid = self._registry.guids.of("reply", message, target)
        self._link(
            etree.Element(
                "Link",
                guid=guid,
                name="reply to",
                direction="OneWay",
                originGUID=message,
                targetGUID=target,
            )
        )

    def _message_guid(self, message_id: str) -> str:
        thread = self._coded.discussion.thread_id
        return self._registry.guids.of("message", thread, message_id)

    def _guid(self, kind: str, message: Message, coding: Coding) -> str:
        parts = (message.thread_id, message.id, coding.kind, coding.coder)
        return self._registry.guids.of(kind, *parts)

    def _time(self, moment: datetime | None) -> str:
        # Some programs cannot do without a time.
        return timestamp(moment or self._registry.about.created_at)


def timestamp(moment: datetime) -> str:
    """Return an aware time as xsd:dateTime in UTC, with a Z."""
    return moment.isoformat().removesuffix("+00:00") + "Z"


def _reference(tag: str, guid: str) -> etree._Element:
    return etree.Element(tag, targetGUID=guid)

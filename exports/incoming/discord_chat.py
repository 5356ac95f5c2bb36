"""A channel or thread as DiscordChatExporter writes it as JSON (its version 2.30 and later).

The format is told by its JsonMessageWriter (github.com/Tyrrrz/DiscordChatExporter): `guild`,
`channel`, and `messages` with id, type, timestamp, timestampEdited, content, author, attachments,
stickers, mentions and, of a reply, reference.messageId.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.attached import FORWARDED, NO_TEXT, attached
from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.discussion import Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.layout import to_transcript
from bot.domain.layout_rows import Row, row_of
from bot.domain.transcript import Transcript
from exports.incoming.json_cells import Object, a_text, an_object, cells, objects
from exports.incoming.pseudonyms import Pseudonyms
from exports.incoming.scenario_posts import ScenarioPosts

FORM = "DiscordChatExporter JSON"
KEYS = frozenset({"guild", "channel", "messages"})
"""What tells such a file from other JSON."""

_NUMBER = re.compile("[0-9]{1,30}")
_DELETED = "456226577798135808"
"""Under this one account Discord shows whoever has deleted theirs."""
_SAID = ("Default", "Reply", "0", "19")  # early versions wrote some kinds as their numbers


def chat_transcript(
    data: Object,
    text: str,
    source: str | Path,
    codebook: Codebook | None = None,
    scenarios: Sequence[Scenario] = (),
) -> Transcript:
    """Return what people said in a channel: one thread, nobody's codes, provenance Discord.

    `text` is the file's, for the lines. With `scenarios`, a bot's post that begins with a
    title starts that scenario; without, all of it is one discussion before any scenario. Raises
    InputError with the line of what cannot be read, and if nobody said anything.
    """
    chat = _Chat(data, text, source, scenarios)
    rows = list(chat.rows())
    if not rows:
        raise InputError(
            "nobody said anything in it", "export a channel in which people wrote", source=source
        )
    found = to_transcript(rows, source, codebook, Provenance.DISCORD)
    return replace(found, notes=(*found.notes, *chat.notes()))


class _Chat:
    """One file's messages on their way to rows."""

    def __init__(
        self, data: Object, text: str, source: str | Path, scenarios: Sequence[Scenario]
    ) -> None:
        self._source = source
        self._text, self._at, self._line = text, 0, 1
        guild = an_object(data.get("guild"), "guild", source, None)
        channel = an_object(data.get("channel"), "channel", source, None)
        self._place = {
            "guild.name": guild.get("name"),
            "channel.id": channel.get("id"),
        }
        self._messages = self._in_order(objects(data.get("messages"), "messages", source, None))
        self._scenarios = scenarios
        self._posts = ScenarioPosts(scenarios)
        self._people = Pseudonyms()
        self._begun = self._bots = self._system = self._edited = 0

    def rows(self) -> Iterator[Row]:
        """Yield what people said, as rows that nobody coded."""
        self._meet_everybody()
        sequence = 0
        present = self._posts.scenario, self._posts.round
        for message, line in self._messages:
            author = an_object(message.get("author"), "author", self._source, line)
            kind = str(message.get("type", "Default"))
            if author.get("isBot") is True:
                self._bots += 1
                self._begun += self._posts.hear(_text(message, "content"))
                continue
            if kind not in _SAID:
                self._system += 1
                continue
            if present != (self._posts.scenario, self._posts.round):
                present, sequence = (self._posts.scenario, self._posts.round), 0
            sequence += 1
            self._posts.spoken()
            self._edited += bool(message.get("timestampEdited"))
            yield self._row(message, author, kind, sequence, line)

    def notes(self) -> Iterator[str]:
        """Yield what there is to say of what was left out or changed."""
        yield (
            "people are called P1, P2, ... in order of appearance, also where they are mentioned; "
            "names that stand in the talk itself stay"
        )
        if self._bots:
            yield f"{many(self._bots, 'message')} by bots left out"
        if self._system:
            yield f"{many(self._system, 'message')} of Discord itself (joins, pins, ...) left out"
        if any(_id(m["author"]) == _DELETED for m, _ in self._messages):
            yield (
                f"who deleted their account is {self._people.of(_DELETED)}, one or several: "
                "Discord does not tell them apart"
            )
        if self._edited:
            whose = "its author" if self._edited == 1 else "their authors"
            yield f"{many(self._edited, 'message')} edited by {whose}: the last words stand"
        if self._scenarios and not self._begun:
            yield "no bot's post begins with the title of a scenario: all is one discussion"

    def _meet_everybody(self) -> None:
        """Give pseudonyms: first to who writes, in this order, then to who is mentioned."""
        people = [message.get("author") for message, _ in self._messages]
        for message, _ in self._messages:
            mentioned = message.get("mentions") or []
            people += objects(mentioned, "mentions", self._source, None)
        for person in people:
            if isinstance(person, dict) and person.get("isBot") is not True:
                self._people.of(_id(person), _names(person))

    def _row(self, message: Object, author: Object, kind: str, sequence: int, line: int) -> Row:
        scenario = self._posts.scenario
        mentioned = {
            name: self._people.of(_id(person))
            for person in message.get("mentions") or ()
            if person.get("isBot") is not True
            for name in _names(person)
        }
        words = a_text(message.get("content"), "content", self._source, line)
        said = self._people.hide(words, mentioned)
        reference = message.get("reference") if kind in ("Reply", "19") else None
        given: dict[str, Any] = {
            **self._place,
            "scenario_id": scenario.id,
            "scenario": scenario.text,
            "round": self._posts.round,
            "sequence": sequence,
            "id": message.get("id"),
            "speaker": self._people.of(_id(author)),
            "timestamp": message.get("timestamp"),
            "content": self._with_attached(said, message, line),
            "reference.messageId": reference.get("messageId")
            if isinstance(reference, dict)
            else None,
            "code": None,
            "coder": None,
        }
        return row_of(cells(given, _COLUMNS, self._source, line, ("comment", "scenario")))

    def _with_attached(self, words: str, message: Object, line: int) -> str:
        files = objects(message.get("attachments") or [], "attachments", self._source, line)
        stickers = objects(message.get("stickers") or [], "stickers", self._source, line)
        named = attached(
            ((_text(file, "fileName"), None) for file in files),
            (_text(sticker, "name") for sticker in stickers),
        )
        if message.get("forwardedMessage"):
            named.append(FORWARDED)
        return " ".join(part for part in (words.strip(), *named) if part) or NO_TEXT

    def _in_order(self, messages: Sequence[Object]) -> list[tuple[Object, int]]:
        """Return the messages with their lines, oldest first: the program can list them either way.

        Their ids tell the order, as everywhere at Discord.
        """
        found = [(message, self._find(message.get("id"))) for message in messages]
        if all(_NUMBER.fullmatch(str(message.get("id"))) for message, _ in found):
            found.sort(key=lambda pair: int(str(pair[0]["id"])))
        return found

    def _find(self, identity: object) -> int:
        """Return the line in which the message with this id begins; asked in the file's order."""
        for mark in (f'"id": "{identity}"', f'"id":"{identity}"'):
            found = self._text.find(mark, self._at)
            if found >= 0:
                self._line += self._text.count("\n", self._at, found)
                self._at = found + 1  # the same id again is another message
                break
        return self._line


_COLUMNS: Mapping[str, str] = {
    "dataset": "guild.name",
    "thread_id": "channel.id",
    "scenario_id": "scenario_id",
    "scenario": "scenario",
    "round": "round",
    "sequence": "sequence",
    "message_id": "id",
    "speaker": "speaker",
    "timestamp": "timestamp",
    "comment": "content",
    "reply_to": "reference.messageId",
    "code": "code",
    "coder": "coder",
}


def _text(given: Object, key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def _id(person: Object) -> str:
    return str(person.get("id") or f"{person.get('name')}#{person.get('discriminator')}")


def _names(person: Object) -> tuple[str, ...]:
    """Return what somebody is mentioned by: the name on the server, and the account's."""
    return tuple(dict.fromkeys(filter(None, (_text(person, "nickname"), _text(person, "name")))))

"""Codings on parts of a text -> one code a coder and message."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from bot.domain.codebook import Code
from bot.domain.coding import CoderKind
from bot.domain.errors import InputError
from exports.refi.discussions import Said
from exports.refi.place import bare, guid_of, line_of, refusal
from exports.refi.source_text import SourceText
from exports.refi.users import NOBODY_NAMED, User


@dataclass(frozen=True, slots=True)
class _Given:
    code: str
    overlap: int
    at: str


@dataclass
class Codings:
    """Gathers codes by message and coder, and counts what the layout has no place for.

    A coding counts for each message of which it covers something. Where a coder gave a message
    several codes, the one that covers most of it is taken; of those that cover as much, the
    later one.
    """

    users: dict[str, User]
    codes: dict[str, Code]
    source: str | Path
    by_models: int = 0
    several: int = 0
    beside: int = 0
    whole: int = 0
    used: set[str] = field(default_factory=set)
    _given: dict[str, dict[str, _Given]] = field(default_factory=dict)
    _guids: dict[str, int | None] = field(default_factory=dict)

    def read(self, source: etree._Element, text: SourceText, said: Sequence[Said]) -> None:
        """Take the codings of one source; raises InputError with the line for what is broken."""
        in_text = sorted(said, key=lambda s: (s.span.start, s.span.end))
        starts = [s.span.start for s in in_text]
        self.whole += len(source.findall("{*}Coding"))
        for selection in source.findall("{*}PlainTextSelection"):
            self._once(selection)
            span = text.span(selection, self.source)
            # Messages do not overlap: those that the span can touch stand side by side.
            low = max(0, bisect_left(starts, span.start) - 1)
            high = bisect_left(starts, span.end)
            covered = [
                (s.message.id, shared) for s in in_text[low:high] if (shared := span.shares(s.span))
            ]
            for coding in selection.findall("{*}Coding"):
                self._once(coding)
                self._take(selection, coding, covered)

    def of(self, message_id: str) -> dict[str, str]:
        """Return a message's codes by coder, in the order of their names."""
        return {name: g.code for name, g in sorted(self._given.get(message_id, {}).items())}

    def _take(
        self,
        selection: etree._Element,
        coding: etree._Element,
        covered: Sequence[tuple[str, int]],
    ) -> None:
        code = self._code(coding)
        user = self._user(selection, coding)
        if user.kind is CoderKind.MODEL:
            self.by_models += 1
            return
        if not covered:
            self.beside += 1
        at = (coding.get("creationDateTime") or "").strip()
        for message_id, shared in covered:
            by_coder = self._given.setdefault(message_id, {})
            new, before = _Given(code.code, shared, at), by_coder.get(user.name)
            if before is not None and before.code != new.code:
                self.several += 1
            if before is None or (new.overlap, new.at) >= (before.overlap, before.at):
                by_coder[user.name] = new
        if covered:
            self.used.add(code.code)

    def _code(self, coding: etree._Element) -> Code:
        reference = coding.find("{*}CodeRef")
        if reference is None:
            raise refusal(coding, "it names no code", self.source)
        guid = guid_of(reference, self.source, "targetGUID")
        if guid not in self.codes:
            raise refusal(reference, f"the codebook has no code with guid {guid}", self.source)
        return self.codes[guid]

    def _user(self, selection: etree._Element, coding: etree._Element) -> User:
        for element in (coding, selection):
            guid = bare(element.get("creatingUser"))
            if guid is None:
                continue
            if guid not in self.users:
                raise refusal(element, f"the project has no user with guid {guid}", self.source)
            return self.users[guid]
        # A project of one user need not say who it was.
        return next(iter(self.users.values())) if len(self.users) == 1 else User(NOBODY_NAMED)

    def _once(self, element: etree._Element) -> None:
        guid = bare(element.get("guid"))
        if guid is None:  # against the standard, but nothing that is read here refers to it
            return
        if guid in self._guids:
            raise InputError(
                f"<{etree.QName(element).localname}>: guid {guid} is that of line "
                f"{self._guids[guid]}, too",
                "export it again from the program that it comes from",
                source=self.source,
                line=line_of(element),
            )
        self._guids[guid] = line_of(element)

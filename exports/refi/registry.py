"""What a project tells before its sources, gathered while they are written: users, codes, cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from lxml import etree

from bot.domain.codebook import Code
from bot.domain.coding import CoderKind
from bot.domain.discussion import Message, Provenance
from exports.about import About
from exports.refi.code_elements import code_elements, code_guid
from exports.refi.guids import Guids
from exports.refi.plain import escape, file_name, label

THREAD = "Thread"
VARIABLES = (
    (THREAD, "Text"),
    ("Session", "Text"),
    ("Scenario", "Text"),
    ("Scenario title", "Text"),
    ("Round", "Integer"),
)
_PLATFORMS = (Provenance.DISCORD, Provenance.SELF_HOSTED)
_GUID = 16  # bytes


class Registry:
    """Gives GUIDs and remembers what was asked for: a few bytes a message."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.guids = Guids(about.study)
        self._versions = {c.name: c.fingerprint for c in about.coders if c.kind is CoderKind.MODEL}
        self._users: dict[tuple[CoderKind, str], str] = {}
        self._codes: dict[str, str] = {}
        self._names: set[str] = set()
        # Speaker, and the thread where the pseudonym stands for one person of it alone.
        self._said: dict[tuple[str | None, str], bytearray] = {}

    def user(self, kind: CoderKind, name: str) -> str:
        """Return the GUID of a coder, who becomes a user of the project."""
        known = self._users.get((kind, name))
        if known is None:
            known = self._users[kind, name] = self.guids.of("user", kind, name)
        return known

    def code(self, code: str) -> str:
        """Return the GUID of a code; one that the codebook has no longer is added to it."""
        known = self._codes.get(code)
        if known is None:
            known = self._codes[code] = code_guid(self.guids, code)
        return known

    def variable(self, name: str) -> str:
        """Return the GUID of one of VARIABLES."""
        return self.guids.of("variable", name)

    def said(self, message: Message, selection: str) -> None:
        """Note that a selection is what its speaker said.

        A pseudonym given to an account is one person in the whole study; one that came with a
        file is a person of its thread.
        """
        thread = None if message.provenance in _PLATFORMS else message.thread_id
        guids = self._said.setdefault((thread, message.speaker), bytearray())
        guids += uuid.UUID(selection).bytes

    def source_name(self, wanted: str) -> str:
        """Return a name for a source that none has yet, in upper or lower case."""
        name, number = file_name(wanted), 1
        while name.casefold() in self._names:
            number += 1
            name = f"{file_name(wanted)} ({number})"
        self._names.add(name.casefold())
        return name

    def users(self) -> Iterator[etree._Element]:
        """Yield a User a coder: people first, then models, by name."""
        for (kind, name), guid in sorted(self._users.items(), key=_people_first):
            yield etree.Element(
                "User",
                guid=guid,
                name=label(self._user_name(kind, name)),
                id=escape(f"{kind}:{name}"),
            )

    def _user_name(self, kind: CoderKind, name: str) -> str:
        if kind is CoderKind.HUMAN:
            return name
        version = self._versions.get(name)
        return f"{name} (model)" if version is None else f"{name} (model, version {version[:12]})"

    def codes(self) -> Iterator[etree._Element]:
        """Yield the codebook's codes, then those that only earlier versions of it have."""
        earlier = sorted(set(self._codes) - set(self.about.codebook.by_code))
        codes = (*self.about.codebook.codes, *(Code(code, code) for code in earlier))
        yield from code_elements(codes, self.guids, earlier)

    def variables(self) -> Iterator[etree._Element]:
        """Yield a Variable for each of VARIABLES."""
        for name, kind in VARIABLES:
            yield etree.Element(
                "Variable", guid=self.variable(name), name=name, typeOfVariable=kind
            )

    def value(self, variable: str, value: str | int) -> etree._Element:
        """Return a VariableValue."""
        element = etree.Element("VariableValue")
        etree.SubElement(element, "VariableRef", targetGUID=self.variable(variable))
        kind = "IntegerValue" if isinstance(value, int) else "TextValue"
        etree.SubElement(element, kind).text = label(str(value))
        return element

    def cases(self) -> Iterator[etree._Element]:
        """Yield a Case a speaker, in order of appearance, with all that they said."""
        for (thread, speaker), said in self._said.items():
            name = speaker if thread is None else f"{speaker} ({thread})"
            case = etree.Element(
                "Case", guid=self.guids.of("case", thread or "", speaker), name=label(name)
            )
            if thread is not None:
                case.append(self.value(THREAD, thread))
            for start in range(0, len(said), _GUID):
                guid = uuid.UUID(bytes=bytes(said[start : start + _GUID]))
                etree.SubElement(case, "SelectionRef", targetGUID=str(guid))
            yield case


def _people_first(user: tuple[tuple[CoderKind, str], str]) -> tuple[bool, str]:
    (kind, name), _ = user
    return kind is CoderKind.MODEL, name

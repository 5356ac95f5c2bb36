"""A REFI-QDA project -> a transcript with people's codes, and the codebook.

Our own files come back as they were. Of other programs' projects each text source is a thread:
its paragraphs are messages, by the speakers that they begin with ("Name: text") if all of them
do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.domain.incoming import Incoming
from bot.domain.layout import gap_notes
from bot.domain.transcript import Transcript
from exports.incoming.safe_xml import parse_xml
from exports.incoming.safe_zip import SafeZip, open_zip
from exports.refi.code_elements import described_book
from exports.refi.code_tree import CodeTree, read_codes
from exports.refi.codings import Codings
from exports.refi.discussions import Said, Talk, read_talk
from exports.refi.names import PROJECT_FILE, PROJECT_FORM
from exports.refi.place import guid_of, refusal
from exports.refi.source_text import read_text
from exports.refi.users import read_users


def read_qdpx(path: Path) -> Incoming:
    """Read a project that we or another program wrote.

    Codes by models are left out, as is what is no text; `notes` of the transcript say how much.
    Raises InputError with file, line and remedy for what is broken, refers to what is not there,
    or holds no text at all.
    """
    with open_zip(path) as archive:
        return read_project(archive)


def read_project(archive: SafeZip) -> Incoming:
    """Read the project in an archive, as `read_qdpx` does."""
    entry = next((n for n in archive.names if n.lower() == PROJECT_FILE), None)
    if entry is None:
        raise InputError(
            f"there is no {PROJECT_FILE} in it",
            "export the project as REFI-QDA (.qdpx)",
            source=archive.path,
        )
    source = f"{archive.path}/{entry}"
    root = parse_xml(archive.read(entry), source)
    if etree.QName(root).localname != "Project":
        raise refusal(root, "a project begins with <Project>", source)
    return _Project(root, archive, archive.path, source).read()


_OURS_TOO = (("{*}Notes/{*}Note", "note", "notes"),)
# In our own projects these tell again what the messages tell.
_FOREIGN = (
    ("{*}Cases/{*}Case", "case", "cases"),
    ("{*}Variables/{*}Variable", "variable", "variables"),
    ("{*}Links/{*}Link", "link", "links"),
    ("{*}Sets/{*}Set", "set", "sets"),
    ("{*}Graphs/{*}Graph", "graph", "graphs"),
)


class _Project:
    """One project while it is read."""

    def __init__(self, root: etree._Element, archive: SafeZip, path: Path, source: str) -> None:
        self._root = root
        self._archive = archive
        self._source = source
        self._origin = root.get("origin") or ""
        self._description = root.findtext("{*}Description")
        told = described_book(self._description) or {}
        self._ours = bool(told)
        name = (root.get("name") or "").strip() or path.stem
        self._dataset = told.get("study", name)
        book = root.find("{*}CodeBook")
        self._tree = CodeTree({}, frozenset(), source) if book is None else read_codes(book, source)
        self._codings = Codings(read_users(root, source), self._tree.codes, source)
        self._threads: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._guids: set[str] = set()

    def read(self) -> Incoming:
        """Return all of it."""
        talks = list(self._talks())
        if not any(talk.said for talk in talks):
            raise InputError(
                "no text source of the project holds any text",
                "export it with its sources, as plain text",
                source=self._source,
            )
        talks = [talk for talk in talks if talk.said]
        said = self._checked(talks)
        transcript = Transcript(
            self._dataset,
            tuple(talk.discussion for talk in talks),
            {i: self._codings.of(i) for i in said},
            {i: s.line for i, s in said.items() if s.line is not None},
            tuple(self._notes(talks)),
            frozenset(i for i, s in said.items() if s.deleted),
            {talk.discussion.key: talk.session for talk in talks if talk.session is not None},
        )
        return Incoming(transcript, self._codebook(), PROJECT_FORM)

    def _talks(self) -> Iterator[Talk]:
        sources = self._root.find("{*}Sources")
        for element in () if sources is None else sources:
            guid = guid_of(element, self._source)
            if guid in self._guids:
                raise refusal(element, f"guid {guid} stands twice", self._source)
            self._guids.add(guid)
            kind = etree.QName(element).localname
            text = None
            if kind == "TextSource":
                text = read_text(element, self._archive, self._origin, self._source)
                kind = "text outside of the project"
            if text is None:
                self._left_out[kind] += 1
                self._codings.beside += sum(1 for _ in element.iter("{*}Coding"))
                continue
            talk = read_talk(element, text, self._dataset, self._thread(element), self._source)
            self._codings.read(element, text, talk.said)
            yield talk

    def _thread(self, element: etree._Element) -> str:
        """Return a thread's name of its own."""
        name = (element.get("name") or "").strip() or guid_of(element, self._source)
        self._threads[name] += 1
        return name if self._threads[name] == 1 else f"{name} ({self._threads[name]})"

    def _checked(self, talks: list[Talk]) -> dict[str, Said]:
        """Return the messages by id; InputError for what stands twice or begins late."""
        said: dict[str, Said] = {}
        places: dict[tuple[str, str, int], int | None] = {}
        for talk in talks:
            first = talk.said[0]
            if talk.discussion.key in places:
                raise InputError(
                    f"thread {talk.thread_id!r}, scenario {talk.scenario.id!r}, round "
                    f"{talk.round} stands in line {places[talk.discussion.key]}, too",
                    "keep one of the two sources",
                    source=self._source,
                    line=first.line,
                )
            places[talk.discussion.key] = first.line
            if first.message.sequence != 1:
                raise InputError(
                    f"sequence starts at {first.message.sequence} in thread {talk.thread_id!r}, "
                    f"scenario {talk.scenario.id!r}",
                    "export the project again with all its selections",
                    source=self._source,
                    line=first.line,
                )
            for each in talk.said:
                before = said.setdefault(each.message.id, each)
                if before is not each:
                    raise InputError(
                        f"message {each.message.id!r} is that of line {before.line}, too",
                        "keep one of the two",
                        source=self._source,
                        line=each.line,
                    )
        return said

    def _codebook(self) -> Codebook | None:
        if not self._tree.codes:
            return None
        return self._tree.codebook(self._description, self._dataset, self._codings.used)

    def _notes(self, talks: list[Talk]) -> Iterator[str]:
        """Yield what a reader should know of what was left out."""
        found = self._codings
        yield from gap_notes(talk.discussion for talk in talks)
        if found.by_models:
            models = _were(found.by_models, "coding by models", "codings by models")
            yield f"{models} left out: only people's codes are taken"
        if found.several:
            codes = _were(found.several, "further code", "further codes")
            yield (
                f"{codes} left out: of a coder's codes on one message the one that covers most "
                "of it is taken"
            )
        if found.beside:
            yield f"{_were(found.beside, 'coding', 'codings')} left out: on no message's text"
        if found.whole:
            yield f"{_were(found.whole, 'coding', 'codings')} left out: on a whole source"
        for kind, number in sorted(self._left_out.items()):
            yield f"{_were(number, 'source', 'sources')} left out: {kind}"
        for place, one, several in _OURS_TOO if self._ours else (*_FOREIGN, *_OURS_TOO):
            if number := len(self._root.findall(place)):
                yield f"{_were(number, one, several)} left out: a transcript holds codes alone"
        unnamed = sum(not talk.named for talk in talks)
        if unnamed:
            yield (
                f"{many(unnamed, 'source')} without names of speakers: a message a paragraph, "
                "all by 'unknown'"
            )


def _were(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several} {'was' if number == 1 else 'were'}"

"""A coded study as a REFI-QDA project, written as the discussions come.

The schema wants users, codes and cases before the sources, and they are known only after the
last of these: each section goes into a temporary file of its own, and project.qde is put together
at the end. In memory stay one discussion, and 16 bytes for each message.
"""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from lxml import etree

from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.refi.code_elements import describe_book
from exports.refi.names import ORIGIN, PROJECT, PROJECT_FILE, SOURCES
from exports.refi.paragraphs import paragraphs
from exports.refi.plain import label
from exports.refi.registry import Registry
from exports.refi.sections import Section
from exports.refi.source import SourceWriter, timestamp
from exports.writing import replacing_bytes
from exports.zipping import entry


async def write_qdpx(
    discussions: AsyncIterable[CodedDiscussion], about: About, path: Path
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Each coder's last decision that stands is a coding. Raises WritingError, and leaves what was
    there.
    """
    counted = Counted()
    registry = Registry(about)
    with ExitStack() as parts:
        file = parts.enter_context(replacing_bytes(path))
        archive = parts.enter_context(zipfile.ZipFile(file, "w"))

        def section(*tags: str, elements: Iterable[etree._Element] = ()) -> Section:
            made = parts.enter_context(Section(path.parent, *tags))
            for element in elements:
                made.add(element)
            return made

        sources, notes, links = section("Sources"), section("Notes"), section("Links")
        async for coded in discussions:
            writer = SourceWriter(registry, coded, notes.add, links.add)
            text = paragraphs(coded)
            sources.add(writer.source(text.places))
            archive.writestr(entry(f"{SOURCES}{writer.guid}.txt"), text.text.encode())
            for codings in writer.decided:
                counted = counted.plus(codings)
        users = section("Users", elements=registry.users())
        codes = section("CodeBook", "Codes", elements=registry.codes())
        variables = section("Variables", elements=registry.variables())
        cases = section("Cases", elements=registry.cases())
        # The order is the schema's.
        await _assemble(archive, about, (users, codes, variables, cases, sources, notes, links))
    return counted


async def _assemble(archive: zipfile.ZipFile, about: About, sections: Sequence[Section]) -> None:
    opening, closing = _frame(about)
    size = sum(section.size for section in sections) + len(opening) + len(closing)
    with archive.open(entry(PROJECT_FILE, size), "w") as project:
        project.write(opening)
        for section in sections:
            for chunk in section.chunks():
                project.write(chunk)
                await asyncio.sleep(0)  # packing takes some 10 ms: a stop is heard between
        project.write(closing)


def _frame(about: About) -> tuple[bytes, bytes]:
    """Return what stands before and after the sections."""
    root = etree.Element(
        "Project",
        name=label(about.study),
        origin=ORIGIN,
        creationDateTime=timestamp(about.created_at),
        nsmap={None: PROJECT},  # type: ignore[dict-item] # the default namespace has no prefix
    )
    etree.SubElement(root, "Description").text = describe_book(about.codebook, about.study)
    written = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    opening, mark, rest = written.partition(b"<Description>")
    return opening + b"\n", mark + rest + b"\n"

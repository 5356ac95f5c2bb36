"""The one door for files that come in: what form a file has is told by its content.

A new form is one more reader here, and its name in `FORMS`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.incoming import LAYOUT, Door, Incoming
from bot.domain.layout import parse_transcript
from bot.domain.layout_rows import COLUMNS
from bot.domain.reading import MOST_BYTES, check_commas, open_readable, read_utf8
from bot.domain.scenario_list import load_scenario_list
from bot.domain.transcript import Transcript
from exports.incoming import discord_chat, own_jsonl, paper
from exports.incoming.codebooks import begins_xml, is_taguette, read_codebook
from exports.incoming.json_cells import parse_json
from exports.incoming.paper_columns import is_paper
from exports.incoming.safe_zip import open_zip
from exports.refi.names import PROJECT_FILE, PROJECT_FORM

FORMS = (LAYOUT, paper.FORM, own_jsonl.FORM, discord_chat.FORM, PROJECT_FORM)
"""What is read, as people know it."""

_WITH_SCENARIOS = (paper.FORM, discord_chat.FORM)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TABLES = {
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}
_TOML = re.compile(r"\[\[?codes\]|(id|title|version)\s*=")
_BEGINNING = 10_000  # characters in which a codebook in TOML begins
_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+)?html\b", re.IGNORECASE)
_OWN_COLUMNS = set(COLUMNS) - {"comment", "sequence", "scenario"}  # which no other table has


def door(scenarios: Path | None = None) -> Door:
    """Return the door that takes every form; `scenarios` is a list that goes with the file.

    Raises InputError for a list that cannot be read.
    """
    listed: tuple[Scenario, ...] = ()
    if scenarios is not None:
        listed = load_scenario_list(read_utf8(scenarios), scenarios.name, scenarios)
    return Door(partial(read_incoming, scenarios=listed), read_codebook)


def read_incoming(
    path: Path, codebook: Codebook | None = None, *, scenarios: Sequence[Scenario] = ()
) -> Incoming:
    """Read a file of coded talk, of whichever form.

    With a `codebook`, every code must stand in it. `scenarios` gives the words of the cases to
    forms that have none. Raises InputError with the place in the file, for a form that is not
    known naming those that are, and for `scenarios` beside a file that has its own.
    """
    with open_readable(path, MOST_BYTES) as file:
        start = file.read(4096)
    if start.startswith(_ZIP):
        found = _project(path)
    elif _WEB_PAGE.match(start):
        raise InputError(
            "this is a web page",
            "export the talk in another form (DiscordChatExporter: as JSON)",
            source=path,
        )
    elif begins_xml(start):
        raise _not_talk(path, "XML: a codebook, or a part of a project")
    elif kind := next((k for mark, k in _TABLES.items() if start.startswith(mark)), None):
        raise InputError(
            f"this is {kind}, which is not read", "bring the table as CSV UTF-8", source=path
        )
    elif _is_binary(start):
        raise _unknown(path, "it is no text")
    else:
        found = _from_text(path, read_utf8(path), codebook, scenarios)
    if scenarios and found.form not in _WITH_SCENARIOS:
        raise InputError(
            f"this is {found.form}, which has the words of its scenarios itself",
            "leave --scenarios out",
            source=path,
        )
    if codebook is not None:
        _check_codes(path, found.transcript, codebook)
    return found


def _from_text(
    path: Path, text: str, codebook: Codebook | None, scenarios: Sequence[Scenario]
) -> Incoming:
    lines = (line.strip() for line in text[:_BEGINNING].split("\n"))
    if _TOML.match(next((line for line in lines if line and not line.startswith("#")), "")):
        raise _not_talk(path, "a codebook")
    if text.lstrip()[:1] in ("{", "["):
        return _from_json(path, text, codebook, scenarios)
    check_commas(text, path)
    header = [name.strip().strip('"') for name in text.partition("\n")[0].split(",")]
    if {"verified_code", "message_id"} <= set(header) and "coder" not in header:
        raise InputError(
            "this is our own export in the wide layout, which tells neither acts nor times",
            "import the long one: export --layout long",
            source=path,
        )
    if len(_OWN_COLUMNS & set(header)) >= 2:
        return Incoming(parse_transcript(text, path, codebook), None, LAYOUT)
    if is_paper(header):
        found = paper.paper_transcript(text, path, codebook, scenarios)
        return Incoming(found, None, paper.FORM)
    if is_taguette(header) or {"code", "title"} <= set(header):
        raise _not_talk(path, "a codebook")
    if {"title", "text"} <= set(header):
        raise InputError(
            "this is a list of scenarios, not talk", "give it with --scenarios", source=path
        )
    if {"AuthorID", "Content"} <= set(header):
        raise InputError(
            "this is DiscordChatExporter's CSV, which tells neither ids nor replies",
            "export the channel as JSON",
            source=path,
        )
    raise _unknown(path, f"its first line names {', '.join(header)[:80]!r}")


def _from_json(
    path: Path, text: str, codebook: Codebook | None, scenarios: Sequence[Scenario]
) -> Incoming:
    first = text.lstrip().partition("\n")[0].strip()
    if first.startswith("{") and first.endswith("}") and len(first) > 1:
        # One object a line, or a whole file in one line: both begin with a whole object.
        one = parse_json(first, path, text[: len(text) - len(text.lstrip())].count("\n") + 1)
        if isinstance(one, dict) and own_jsonl.KEYS & one.keys() and "messages" not in one:
            found = own_jsonl.jsonl_transcript(text, path, codebook)
            return Incoming(found, None, own_jsonl.FORM)
    data = parse_json(text, path)
    if isinstance(data, dict) and "messages" in data and len(discord_chat.KEYS & data.keys()) > 1:
        chat = discord_chat.chat_transcript(data, text, path, codebook, scenarios)
        return Incoming(chat, None, discord_chat.FORM)
    keys = ", ".join(sorted(data)[:8]) if isinstance(data, dict) else "a list"
    raise _unknown(path, f"this JSON holds {keys[:80]!r}")


def _project(path: Path) -> Incoming:
    from exports.refi.reader import read_project  # noqa: PLC0415 - lxml

    with open_zip(path) as archive:
        if "xl/workbook.xml" in archive:
            raise InputError(
                "this is an Excel workbook", "save the sheet as CSV UTF-8", source=path
            )
        if not any(name.casefold() == PROJECT_FILE for name in archive.names):
            raise _unknown(path, f"this archive has no {PROJECT_FILE}")
        return read_project(archive)


def _is_binary(start: bytes) -> bool:
    """Return whether a file that begins so is no text, in UTF-8 or with a mark in UTF-16."""
    if b"\0" not in start or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return True
    return False


def _check_codes(path: Path, transcript: Transcript, codebook: Codebook) -> None:
    """Raise InputError for a code that is not in the codebook, whichever form it came in."""
    for message_id, by_coder in transcript.codes.items():
        for coder, code in by_coder.items():
            if code and code not in codebook.by_code:
                raise InputError(
                    f"code {code!r} by {coder!r} is not in codebook {codebook.id!r}",
                    f"use one of {', '.join(codebook.by_code)}, or add it to the codebook",
                    source=path,
                    line=transcript.lines.get(message_id),
                )


def _not_talk(path: Path, what: str) -> InputError:
    return InputError(f"this is {what}, not talk", "give a codebook with --codebook", source=path)


def _unknown(path: Path, why: str) -> InputError:
    return InputError(
        f"what this file is cannot be told ({why})",
        f"bring one of: {'; '.join(FORMS)}",
        source=path,
    )

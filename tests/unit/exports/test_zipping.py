"""Zips: entries that are the same everywhere, and somebody's file that only looks like one."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bot.commands.bundle_study import _is_bundle
from exports.forms import FORMS, FormName
from exports.zipping import entry

OURS = {
    "xlsx": (FORMS[FormName.XLSX].is_ours, "docProps/core.xml"),
    "qdpx": (FORMS[FormName.QDPX].is_ours, "project.qde"),
    "convokit": (FORMS[FormName.CONVOKIT].is_ours, "corpus.json"),
    "bundle-study": (_is_bundle, "methods.md"),
}


def test_an_entry_says_nothing_of_when_and_where_it_was_written() -> None:
    made = entry("a.txt")
    assert (made.date_time, made.create_system) == ((1980, 1, 1, 0, 0, 0), 3)


def test_a_part_of_more_than_two_gigabytes_gets_the_large_form(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        with archive.open(entry("large", 3 << 30), "w") as packed:
            packed.write(b"as much as is told beforehand")
        assert archive.getinfo("large").extract_version == zipfile.ZIP64_VERSION


@pytest.mark.parametrize("form", OURS)
def test_a_zip_that_is_broken_inside_is_somebodys_file(tmp_path: Path, form: str) -> None:
    is_ours, name = OURS[form]
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry(name), "words " * 100)
    raw = bytearray(file.read_bytes())
    start = 30 + len(name)
    raw[start : start + 8] = b"\xff" * 8  # the compressed words begin here
    file.write_bytes(raw)
    assert not is_ours(file)
    file.write_bytes(b"PK\x03\x04 no zip at all")
    assert not is_ours(file)

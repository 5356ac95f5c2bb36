"""Export: which study, which file, and nobody's work overwritten."""

import os

import openpyxl
import pytest

from bot.domain.codebook import load_codebook
from exports.forms import FORMS
from tests.command_line import dump, intercoder, rows, write


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "study.db"
    file = write(tmp_path / "talk.csv", rows())
    assert intercoder("import", file, "--database", path).code == 0
    return path


def export(database, form, out, *more):
    return intercoder("export", "--format", form, "--out", out, "--database", database, *more)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_earlier_export_is_replaced_and_nothing_else(tmp_path, database, form):
    out = tmp_path / f"out.{form}"
    assert "20 messages of study 'talk' with 20 codings" in export(database, form, out).out
    first = out.read_bytes()
    assert export(database, form, out).code == 0
    assert out.read_bytes() == first
    source = tmp_path / "talk.csv"
    before = source.read_bytes()
    refused = export(database, form, source)
    assert (refused.code, "no earlier export" in refused.err) == (2, True)
    assert source.read_bytes() == before
    assert export(database, form, source, "--force").code == 0
    assert source.read_bytes() == first


@pytest.mark.parametrize("name", ["study.db", "study.db-wal", "study.db-shm", "study.db-journal"])
@pytest.mark.parametrize("options", [("--format", "csv"), ("--codebook",)], ids=" ".join)
def test_the_database_that_is_read_is_never_overwritten(tmp_path, database, name, options):
    before, files = dump(database), sorted(tmp_path.iterdir())
    (tmp_path / "link").symlink_to(database.with_name(name))
    (tmp_path / "other.db").symlink_to(database)
    for read in (database, tmp_path / "other.db"):
        for out in (database.with_name(name), tmp_path / "link"):
            command = ("export", *options, "--out", out, "--database", read, "--force")
            refused = intercoder(*command)
            assert (refused.code, "this is the database itself" in refused.err) == (2, True), (
                refused
            )
    assert dump(database) == before
    assert sorted({*tmp_path.iterdir()} - {tmp_path / "link", tmp_path / "other.db"}) == files


def test_a_second_name_of_the_database_is_the_database(tmp_path, database):
    os.link(database, tmp_path / "same.csv")
    before = dump(database)
    refused = export(database, "csv", tmp_path / "same.csv", "--force")
    assert (refused.code, "this is the database itself" in refused.err) == (2, True)
    assert dump(tmp_path / "same.csv") == before


def test_the_codebook_comes_back_equal(tmp_path, database):
    out = tmp_path / "book.toml"
    command = ("export", "--codebook", "--out", out, "--database", database)
    assert intercoder(*command).code == 0
    assert intercoder(*command).code == 0, "the same codebook may be written again"
    assert len(load_codebook(out).codes) == 5
    out.write_text(out.read_text() + "# my notes\n")
    assert intercoder(*command).code == 2
    assert "# my notes" in out.read_text()


def test_with_several_studies_one_is_to_be_named(tmp_path, database):
    file = tmp_path / "talk.csv"
    intercoder("import", file, "--study", "second", "--database", database)
    out = tmp_path / "o.csv"
    refused = export(database, "csv", out)
    assert (refused.code, out.exists()) == (2, False)
    assert "name one: --study 'talk', 'second'." in refused.err
    assert "study 'second'" in export(database, "csv", out, "--study", "second").out
    assert "no study 'third'" in export(database, "csv", out, "--study", "third").err
    assert "no session 'x'" in export(
        database, "csv", out, "--study", "talk", "--session", "x"
    ).err.replace("\n", " ")


def test_either_a_transcript_or_the_codebook(tmp_path, database):
    options = ("--out", tmp_path / "o", "--database", database)
    ended = intercoder("export", "--codebook", "--format", "csv", *options)
    assert (ended.code, "give one of the two" in ended.err) == (2, True)
    for name in ("o", "o.txt"):
        ended = intercoder("export", "--out", tmp_path / name, "--database", database)
        assert (ended.code, "does not tell the form of the transcript" in ended.err) == (2, True)
        assert "--format csv, jsonl, xlsx" in ended.err


@pytest.mark.parametrize(("name", "begin"), [("o.csv", "dataset,"), ("o.JSONL", '{"assigned"')])
def test_the_name_of_the_file_tells_the_form(tmp_path, database, name, begin):
    assert intercoder("export", "--out", tmp_path / name, "--database", database).code == 0
    assert (tmp_path / name).read_text("utf-8-sig").startswith(begin)


@pytest.mark.parametrize("option", ["--study", "--session"])
@pytest.mark.parametrize("command", [("import", "talk.csv"), ("export", "--out", "o.csv")])
def test_an_empty_name_is_refused(tmp_path, database, monkeypatch, option, command):
    monkeypatch.chdir(tmp_path)
    before = dump(database)
    ended = intercoder(*command, option, " ", "--database", database)
    assert (ended.code, f"'{option}': it is empty: give a name" in ended.err) == (2, True)
    assert dump(database) == before
    assert not (tmp_path / "o.csv").exists()


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    ended = export(tmp_path / "none.db", "csv", tmp_path / "o.csv")
    assert (ended.code, "there is no such database yet" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


SUFFIXES = [suffix for form in FORMS.values() for suffix in form.suffixes]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_form_is_written_by_the_end_of_the_name_and_again(tmp_path, database, suffix):
    out = tmp_path / f"out{suffix}"
    command = ("export", "--out", out, "--database", database)
    ended = intercoder(*command)
    assert (ended.code, "20 messages of study 'talk'" in ended.out) == (0, True), ended
    first = out.read_bytes()
    assert intercoder(*command).code == 0
    assert out.read_bytes() == first
    (tmp_path / f"mine{suffix}").write_text("mine")
    ended = intercoder("export", "--out", tmp_path / f"mine{suffix}", "--database", database)
    assert (ended.code, "no earlier export" in ended.err) == (2, True)


def test_a_wide_table_and_no_wide_page(tmp_path, database):
    out = tmp_path / "out.csv"
    assert export(database, "csv", out, "--layout", "wide").code == 0
    header = out.read_text("utf-8-sig").splitlines()[0].split(",")
    assert header[-1].startswith("code_")
    refused = export(database, "html", tmp_path / "o.html", "--layout", "wide")
    assert (refused.code, "html has no wide layout" in refused.err) == (2, True)


@pytest.mark.parametrize("suffix", [".toml", ".csv", ".qdc"])
def test_the_codebook_in_every_form(tmp_path, database, suffix):
    out = tmp_path / f"book{suffix}"
    command = ("export", "--codebook", "--out", out, "--database", database)
    assert intercoder(*command).code == 0
    first = out.read_bytes()
    assert intercoder(*command).code == 0
    assert out.read_bytes() == first
    out.write_text("mine")
    assert intercoder(*command).code == 2
    refused = intercoder(
        "export", "--codebook", "--out", tmp_path / "o.pdf", "--database", database
    )
    assert "let its name end with .toml, .csv, .qdc" in refused.err


def test_a_workbook_has_the_reliability(tmp_path, database):
    out = tmp_path / "out.xlsx"
    assert export(database, "xlsx", out).code == 0
    lines = list(openpyxl.load_workbook(out)["Reliability"].iter_rows(values_only=True))
    assert lines[0] == ("coders", "measure", "value", "low", "high", "n", "groups")
    assert lines[1][1] in ("percent agreement", "agreement takes two coders")


def test_a_folder_is_called_one(tmp_path, database):
    refused = intercoder("export", "--out", tmp_path, "--database", database)
    assert refused.code == 2
    assert "this is a folder" in refused.err

"""Export: which study, which file, and nobody's work overwritten."""

import pytest

from bot.domain.codebook import load_codebook
from tests.command_line import intercoder, rows, write


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


@pytest.mark.parametrize("options", [(), ("--codebook", "--format", "csv")])
def test_either_a_transcript_or_the_codebook(tmp_path, database, options):
    ended = intercoder("export", "--out", tmp_path / "o", "--database", database, *options)
    assert (ended.code, "exactly one" in ended.err) == (2, True)


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    ended = export(tmp_path / "none.db", "csv", tmp_path / "o.csv")
    assert (ended.code, "there is no such database yet" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []

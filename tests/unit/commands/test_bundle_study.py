"""`intercoder bundle-study`: one zip, nobody's work overwritten, sentences for what is wrong."""

import asyncio
import zipfile

import pytest

from bot.encoding.spec import Architecture
from tests.coded_study import CodedStudy
from tests.command_line import dump, intercoder


async def _study(path):
    coded = await CodedStudy.open(path)
    await coded.talk("monday", "g1", 6)
    await coded.talk("monday", "g2", 6)
    await coded.code_all()
    await coded.store.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.db"
    asyncio.run(_study(path))
    return path


def bundle(database, out, *options):
    return intercoder("bundle-study", "--database", database, "--out", out, *options)


def test_a_study_becomes_one_zip(database, tmp_path):
    before = dump(database)
    out = tmp_path / "study.zip"
    ended = bundle(database, out)
    assert ended.code == 0, ended.err
    assert "12 messages" in ended.out
    assert "Left out: the training report of starter" in ended.out
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
    first = out.read_bytes()
    assert bundle(database, out).code == 0, "an earlier one may be replaced"
    assert out.read_bytes() == first
    noted = [line for line in dump(database) if line.startswith('INSERT INTO "exports"')]
    assert len(noted) == 2, "both are noted, and nothing else is written"
    assert [line for line in dump(database) if line not in noted] == before


def test_other_files_are_left_alone(database, tmp_path):
    out = tmp_path / "mine.zip"
    out.write_bytes(b"work")
    ended = bundle(database, out)
    assert (ended.code, out.read_bytes()) == (2, b"work")
    assert "--force" in ended.err
    assert bundle(database, out, "--force").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--session", "friday"), "friday"),
        (("--study", "other"), "other"),
        (("--bundle", "nowhere"), "nowhere"),
    ],
)
def test_what_is_not_there_is_named(database, tmp_path, options, said):
    ended = bundle(database, tmp_path / "s.zip", *options)
    assert ended.code == 2
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_named_bundle_that_coded_nothing_here_is_told(database, tmp_path, tiny_bundle):
    folder = tiny_bundle(Architecture.THREAD).path
    ended = bundle(database, tmp_path / "s.zip", "--bundle", folder)
    assert ended.code == 0, ended.err
    assert f"Left out: {folder}: this model has coded nothing here." in ended.out


def test_the_name_must_be_a_zips(database, tmp_path):
    ended = bundle(database, tmp_path / "study.csv")
    assert ended.code == 2
    assert "let it end with .zip" in ended.err

"""The floor: TF-IDF and a linear SVM on the same split."""

import json

import pytest

from tests.unit.training.tiny_study import BOOK, tiny_rows, write_rows
from training.arrange import arrange
from training.data import load_source
from training.floor import floor, main
from training.split import SplitBy, split


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("floor")
    codes = "".join(
        f'[[codes]]\ncode = "{c.code}"\nuncoded = {str(c.uncoded).lower()}\n' for c in BOOK.codes
    )
    (folder / "codebook.toml").write_text(codes, encoding="utf-8")
    return write_rows(folder / "talk.csv", tiny_rows(f"g{n}" for n in range(10)))


def test_it_is_judged_on_the_test_part_that_a_coder_would_be_judged_on(file):
    source = load_source(file)
    parts = split(arrange(source.transcript, source.codebook).records, SplitBy.GROUP, 3)
    found = floor(file, 3)
    assert found.n == len(parts.test)
    assert found.accuracy > 0.9  # the tiny study's codes can be read off the words
    assert floor(file, 3).to_dict() == found.to_dict()


def test_the_command_prints_a_line_a_seed_and_writes_the_figures(file, tmp_path, capsys):
    assert main([str(file), "--seeds", "0", "1", "--json", str(tmp_path / "out.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:7] for line in lines] == ["seed 0:", "seed 1:"]
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert written["1"]["accuracy"] == floor(file, 1).accuracy


def test_a_file_that_is_not_there_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    assert main([str(tmp_path / "none.csv")]) == 2
    assert (
        capsys.readouterr().err == f"{tmp_path}/none.csv: there is no such file; check the path.\n"
    )

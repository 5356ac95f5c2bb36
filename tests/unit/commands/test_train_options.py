"""`train` refuses options that the way of learning would pass over in silence."""

from pathlib import Path

import pytest

from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows

FROZEN = "by which a linear head alone learns, in one go; leave"
NOTHING = "by which nothing is learned; leave"
FIRST = "by which no message teaches or judges; leave"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("options")
    tiny_base(folder / "base", max_position_embeddings=512)
    write_rows(folder / "talk.csv", tiny_rows(f"g{n}" for n in range(6)))
    write_codebook(BOOK, folder / "codebook.toml")
    return folder


@pytest.mark.parametrize(
    ("method", "options", "told"),
    [
        ("frozen", ("--epochs", 3), f"--epochs with --method frozen, {FROZEN} it out, or take"),
        (
            "frozen",
            ("--oversample-min", 0, "--teachers", 2),
            f"--teachers and --oversample-min with --method frozen, {FROZEN} them out, or take",
        ),
        ("frozen", ("--device", "cuda"), f"--device cuda with --method frozen, {FROZEN} it out"),
        ("codebook", ("--records", 20), f"--records with --method codebook, {NOTHING} it out"),
        (
            "codebook",
            ("--disagreements", "soft"),
            f"--disagreements with --method codebook, {NOTHING} it out, or take another method.",
        ),
    ],
)
def test_what_a_method_does_not_heed_is_refused(study, tmp_path, method, options, told):
    given = ("--method", method, "--base", study / "base", *options)
    ended = intercoder("train", study / "talk.csv", "--out", tmp_path / "b", *given)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert told in ended.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--epochs", 3), f"--epochs with --from-codebook, {FIRST} it out."),
        (("--split", "record"), f"--split with --from-codebook, {FIRST} it out."),
        (("--scenarios", "cases.csv"), "--scenarios with --from-codebook and without --unlabelled"),
        (("--architecture", "pair"), "--from-codebook with architecture pair"),
        (("--method", "frozen"), "leave that out."),
        (("--verified", "--codebook", "b.csv"), "with --codebook and --verified; a first coder"),
    ],
)
def test_what_a_first_coder_does_not_heed_is_refused(study, tmp_path, options, told):
    given = ("--from-codebook", study / "codebook.toml", "--base", study / "base", *options)
    ended = intercoder("train", "--out", tmp_path / "b", *given)
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended.err
    assert told in ended.err
    assert not (tmp_path / "b").exists()


def test_one_teacher_is_refused(study, tmp_path):
    ended = intercoder("train", study / "talk.csv", "--out", tmp_path / "b", "--teachers", 1)
    assert ended.code == 2
    assert "teachers = 1 cannot be used" in ended.err
    assert "give 0 or at least 2." in ended.err


def test_what_is_heeded_is_taken(study, tmp_path):
    given = ("--base", study / "base", "--threads", 1, "--window", 2, "--seed", 3)
    more = ("--method", "frozen", "--disagreements", "soft", "--device", "cpu", *given)
    ended = intercoder("train", study / "talk.csv", "--out", tmp_path / "frozen", *more)
    assert ended.code == 0, ended.err
    book = ("--from-codebook", study / "codebook.toml", *given)
    ended = intercoder("train", "--out", tmp_path / "first", *book)
    assert ended.code == 0, ended.err
    assert (tmp_path / "first" / "MODEL_CARD.md").is_file()

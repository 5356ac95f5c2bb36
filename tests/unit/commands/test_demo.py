"""The demo's parts: the sample in two files, the starter trained once, disks that refuse."""

import dataclasses
import errno
import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from bot.commands.demo import SMALL, WHOLE, Size
from bot.commands.sample import Sample, write_sample
from bot.commands.starter import Starter, starter_bundle
from bot.domain.codebook import load_codebook
from bot.domain.layout import load_transcript
from bot.encoding.spec import Architecture
from bot.inference.bundle import BundleError
from exports import writing
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import intercoder
from tests.unit.training.tiny_study import (
    BOOK,
    tiny_base,
    tiny_rows,
    tiny_settings,
    write_rows,
)


@pytest.mark.parametrize("size", [WHOLE, SMALL])
def test_the_unseen_groups_teach_nothing(tmp_path: Path, size: Size):
    sample = write_sample(tmp_path / "demo", size.held_out, size.groups)
    known, unseen = load_transcript(sample.training), load_transcript(sample.unseen)
    assert not set(known.threads) & set(unseen.threads)
    assert len(unseen.threads) == size.held_out
    assert unseen.messages == sample.transcript.messages
    if size.groups is None:
        assert len(known.messages) + len(unseen.messages) == 1583


def test_writing_the_sample_again_changes_no_byte(tmp_path: Path):
    first = write_sample(tmp_path, 1).training.read_bytes()
    assert write_sample(tmp_path, 1).training.read_bytes() == first


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> tuple[Starter, Sample]:
    """Return a starter of a tiny study, trained."""
    folder = tmp_path_factory.mktemp("tiny")
    training = write_rows(folder / "training.csv", tiny_rows(f"g{n}" for n in range(6)))
    write_codebook(BOOK, folder / "codebook.toml")
    book = load_codebook(folder / "codebook.toml")
    transcript = load_transcript(training, book)
    sample = Sample(training, training, folder / "codebook.toml", book, transcript)
    settings = tiny_settings(Architecture.THREAD, epochs=1)
    starter = Starter(folder / "starter", settings, "cpu", 1, str(tiny_base(folder / "base")))
    starter_bundle(starter, sample, Console(file=io.StringIO()))
    return starter, sample


def again(starter: Starter, sample: Sample) -> str:
    """Ask for the starter and return what was said."""
    out = io.StringIO()
    starter_bundle(starter, sample, Console(file=out, width=200))
    return out.getvalue()


def test_the_starter_is_reused_while_nothing_differs(tiny):
    starter, sample = tiny
    before = (starter.path / "manifest.json").stat().st_mtime_ns
    said = again(starter, sample)
    assert "trained already on the same data and settings; reused." in said
    assert (starter.path / "manifest.json").stat().st_mtime_ns == before


@pytest.fixture
def copy(tiny, tmp_path) -> tuple[Starter, Sample]:
    """Return a copy of the starter and of its data, to be changed."""
    starter, sample = tiny
    shutil.copytree(starter.path, tmp_path / "starter")
    training = shutil.copy(sample.training, tmp_path / "training.csv")
    return (
        dataclasses.replace(starter, path=tmp_path / "starter"),
        dataclasses.replace(sample, training=training),
    )


def test_other_settings_train_it_again(copy):
    starter, sample = copy
    other = dataclasses.replace(starter.settings, seed=1)
    said = again(dataclasses.replace(starter, settings=other), sample)
    assert "it was trained with other settings; training it again." in said
    assert "writing the bundle" in said


def test_other_messages_train_it_again(copy):
    starter, sample = copy
    write_rows(sample.training, tiny_rows(f"h{n}" for n in range(6)))
    said = again(starter, sample)
    assert "it was trained on other messages; training it again." in said


def test_a_bundle_of_somebody_else_is_not_replaced(copy):
    starter, sample = copy
    elsewhere = dataclasses.replace(sample.transcript, dataset="sample")
    with pytest.raises(BundleError, match="trained on other data \\('tiny'\\)"):
        again(starter, dataclasses.replace(sample, transcript=elsewhere))


def test_a_damaged_starter_is_named_and_not_replaced(copy):
    starter, sample = copy
    weights = starter.path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match=r"model\.safetensors.*remove .*starter"):
        again(starter, sample)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "data").write_text("a file")
    ended = intercoder("demo", "--small", "--folder", tmp_path / "data")
    assert ended.code == 2
    assert str(tmp_path / "data") in ended.err
    assert "--folder" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "may not be written")],
)
def test_a_disk_that_refuses_is_one_sentence(tmp_path, monkeypatch, number, sentence):
    def refuse(_descriptor: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(writing.os, "fsync", refuse)
    ended = intercoder("demo", "--small", "--folder", tmp_path / "data")
    assert ended.code == 2
    assert sentence in ended.err.splitlines()[-1]
    assert list((tmp_path / "data" / "demo-small").iterdir()) == []

"""A file is there whole or not at all, and what goes wrong is one sentence."""

import asyncio
import errno
import os
import threading

import pytest

from bot.domain.errors import InputError
from exports.writing import WritingError, beside, in_thread, replacing


def test_the_file_appears_complete_and_alone(tmp_path):
    target = tmp_path / "out.csv"
    with replacing(target) as file:
        file.write("a\r\nb\n")
        assert not target.exists()
    assert target.read_bytes() == b"a\r\nb\n"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_an_error_while_writing_leaves_the_old_file_and_nothing_half_written(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old")

    def half() -> None:
        with replacing(target) as file:
            file.write("new")
            raise RuntimeError("reader failed")

    with pytest.raises(RuntimeError, match="reader failed"):
        half()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_a_full_disk_is_one_sentence_and_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "out.csv"
    target.write_text("old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WritingError, match="the disk is full"), replacing(target) as file:
        file.write("new")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "may not be written"), (errno.EACCES, "may not be written")],
)
def test_a_read_only_folder_is_one_sentence(tmp_path, monkeypatch, number, words):
    def refuse(**kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(WritingError, match=words), replacing(tmp_path / "out.csv"):
        pytest.fail("nothing should be written")


def test_a_missing_folder_is_named(tmp_path):
    missing = tmp_path / "nowhere" / "out.csv"
    with pytest.raises(InputError, match=r"there is no folder .*nowhere"), replacing(missing):
        pytest.fail("nothing should be written")


def test_a_folder_as_target_is_refused(tmp_path):
    refused = pytest.raises(InputError, match="is a folder; name a file in it")
    with refused, replacing(tmp_path):
        pytest.fail("nothing should be written")


def test_the_file_may_be_read_by_others_as_the_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "out.csv") as file:
            file.write("x")
    finally:
        os.umask(before)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o640


async def test_who_is_stopped_waits_for_what_a_thread_is_writing(tmp_path):
    begun, go_on = threading.Event(), threading.Event()
    folder = []

    def write():
        begun.set()
        go_on.wait(10)
        (folder[0] / "late").write_text("late", encoding="utf-8")

    async def work():
        with beside(tmp_path / "a.zip") as made:
            folder.append(made)
            await in_thread(write)

    task = asyncio.create_task(work())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert folder[0].is_dir()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []

"""Nothing but a regular file is ever replaced, and what is wrong is told before the work."""

import os
from pathlib import Path

import pytest

from bot.domain.errors import InputError
from bot.domain.targets import check_file, check_folder


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("name", ["pipe", "link"])
def test_what_is_no_file_is_refused_by_every_name(pipe: Path, name: str):
    with pytest.raises(InputError, match=rf"{name}: this is a device or a pipe, no file; name a"):
        check_file(pipe.with_name(name))


def test_files_and_new_names_are_free(tmp_path: Path):
    (tmp_path / "old").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    for name in ("old", "link", "new"):
        check_file(tmp_path / name)
    check_folder(tmp_path)
    check_folder(tmp_path / "new" / "newer")


def test_a_place_in_a_file_is_no_want_of_room(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "a", tmp_path / "file" / "a" / "b"):
        for refuse in (check_file, check_folder):
            with pytest.raises(InputError, match=r"/file is a file, no folder; name another"):
                refuse(path)
    with pytest.raises(InputError, match=r"file: this is a file, no folder"):
        check_folder(tmp_path / "file")


def test_folders_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(InputError, match="this is a folder; name a file in it"):
        check_file(tmp_path)
    with pytest.raises(InputError, match=r"there is no folder .*none; create it"):
        check_file(tmp_path / "none" / "a")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="may not be written; write elsewhere"):
        check_file(tmp_path / "a")

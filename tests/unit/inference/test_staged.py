import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import InputError
from bot.inference.bundle import BundleError, staged

ROOT = Path(__file__).parents[3]


def fill(folder: Path, text: str = "new") -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    (folder / "report").mkdir()
    (folder / "report" / "report.md").write_text(text, encoding="utf-8")


def test_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "coder"
    with staged(path) as folder:
        fill(folder)
        assert not path.exists()
    assert (path / "report" / "report.md").read_text(encoding="utf-8") == "new"
    assert [p.name for p in path.parent.iterdir()] == ["coder"]
    # As readable to others as any folder made by hand: the bot may run as another user.
    other = tmp_path / "other"
    other.mkdir()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("x")])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    def fail() -> None:
        with staged(tmp_path / "coder") as folder:
            fill(folder)
            raise error

    with pytest.raises((KeyboardInterrupt, ValueError)):
        fail()
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "coder"
    with staged(path) as folder:
        fill(folder, "old")
    with pytest.raises(BundleError, match="there already"), staged(path):
        pytest.fail("entered")
    with staged(path, overwrite=True) as folder:
        fill(folder)
    assert (path / "manifest.json").read_text(encoding="utf-8") == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


def test_a_failed_replacement_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "coder"
    with staged(path) as folder:
        fill(folder, "old")

    def fail() -> None:
        with staged(path, overwrite=True) as folder:
            fill(folder)
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert (path / "manifest.json").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


def test_a_rename_that_fails_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coder"
    with staged(path) as folder:
        fill(folder, "old")
    real = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if self.suffix == ".new":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(BundleError, match="Input/output"), staged(path, overwrite=True) as folder:
        fill(folder)
    assert (path / "manifest.json").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


def test_a_signal_while_the_names_change_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coder"
    with staged(path) as folder:
        fill(folder, "old")
    real = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.suffix == ".new":
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), staged(path, overwrite=True) as folder:
        fill(folder)
    assert (path / "manifest.json").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.inference.staged import staged
with staged(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "coder"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False)  # noqa: S603
    assert [p.suffix for p in tmp_path.iterdir()] == [".new"]
    (tmp_path / ".coder.mine.new").mkdir()  # not a name that we give
    with staged(path) as folder:
        fill(folder)
    assert {p.name for p in tmp_path.iterdir()} == {"coder", ".coder.mine.new"}


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    with staged(tmp_path / "coder") as first:
        fill(first)
        with staged(tmp_path / "coder") as second:
            assert first.is_dir()
            fill(second, "second")
        with pytest.raises(BundleError, match="there already"), staged(tmp_path / "coder"):
            pytest.fail("entered")
        assert first.is_dir()
        shutil.rmtree(tmp_path / "coder")
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


def test_an_old_one_that_a_killed_process_moved_aside_gets_its_name_back(tmp_path: Path) -> None:
    aside = tmp_path / ".coder.0123abcd.old"
    aside.mkdir()
    fill(aside, "old")
    with pytest.raises(BundleError, match="there already"), staged(tmp_path / "coder"):
        pytest.fail("entered")
    assert (tmp_path / "coder" / "manifest.json").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["coder"]


def test_a_folder_that_is_no_bundle_is_never_replaced(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "wedding.jpg").write_bytes(b"1")
    with pytest.raises(BundleError, match="no bundle"), staged(photos, overwrite=True):
        pytest.fail("entered")
    assert (photos / "wedding.jpg").exists()


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    def write() -> None:
        with staged(tmp_path / "coder") as folder:
            fill(folder)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(BundleError) as error:
        write()
    assert "No space left on device" in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_truly_full_disk() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OSError, match="No space") as error:
        full.write_bytes(b"x")
    assert error.value.filename is None  # what `staged` relies on to know its own troubles


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file in the place of the parent refuses root, too.
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for place, what in ((tmp_path / "file", "this"), (tmp_path / "file" / "c" / "d", ".*/file")):
        with pytest.raises(InputError, match=f"{what} is a file, no folder"), staged(place):
            pytest.fail("entered")

    def refuse(_self: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", lambda self, **_: refuse(self))
    with pytest.raises(BundleError, match="could not be written"), staged(tmp_path / "c"):
        pytest.fail("entered")


def test_trouble_with_another_file_keeps_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), staged(tmp_path / "a" / "coder"):
        Path("/nowhere/at/all").read_bytes()

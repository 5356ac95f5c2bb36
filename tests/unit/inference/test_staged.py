import errno
import os
import stat
from pathlib import Path

import pytest

from bot.inference.bundle import BundleError, staged


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


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # A file in the place of the parent refuses root, too.
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BundleError, match="could not be written"), staged(tmp_path / "file" / "c"):
        pytest.fail("entered")


def test_trouble_with_another_file_keeps_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), staged(tmp_path / "a" / "coder"):
        Path("/nowhere/at/all").read_bytes()

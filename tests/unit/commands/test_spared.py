"""Commands that write a file leave devices, pipes, inputs and other people's files alone."""

import errno
import io
import json
import os
from pathlib import Path

import pytest

from bot.encoding.spec import Architecture
from tests.command_line import dump, intercoder, rows, write


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    file = write(tmp_path / "talk.csv", rows())
    assert intercoder("import", file, "--database", path).code == 0
    return path


def commands(out: Path, folder: Path) -> dict[str, tuple[object, ...]]:
    base = ("--database", folder / "study.db")
    return {
        "export": ("export", "--format", "csv", "--out", out, "--force", *base),
        "codebook": ("export", "--codebook", "--out", out, "--force", *base),
        "backup": ("db", "backup", out, "--force", *base),
        "evaluate": ("evaluate", folder / "none", folder / "talk.csv", "--json", out),
        "bench": ("bench", "path", "--quick", "--json", out),
        "train": ("train", folder / "talk.csv", "--out", out, "--overwrite"),
        "database": ("import", folder / "talk.csv", "--database", out),
    }


@pytest.mark.parametrize("command", commands(Path(), Path()))
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_refused_and_stays(tmp_path, database, command, name):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    ended = intercoder(*commands(tmp_path / name, tmp_path)[command])
    assert ended.code == 2, ended
    assert f"{tmp_path / name}: this is a" in ended.err
    assert ended.err.count("\n") == 1, "nothing was begun"
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["db check", "db upgrade", "export --format csv --out o.csv"])
def test_a_folder_is_no_database(tmp_path, command):
    ended = intercoder(*command.split(), "--database", tmp_path)
    assert (ended.code, "this is a folder; name a file in it" in ended.err) == (2, True), ended


@pytest.fixture(scope="module")
def bundle(tiny_bundle) -> Path:
    return tiny_bundle(Architecture.THREAD).path


def test_figures_replace_nothing_but_figures(tmp_path, bundle):
    file = write(tmp_path / "talk.csv", rows())
    (tmp_path / "notes.txt").write_text("an afternoon of work")
    (tmp_path / "other.json").write_text(json.dumps({"n": 3}))
    (tmp_path / "link.json").symlink_to(file)
    for name, sentence in {
        "talk.csv": "this is the file that is to be judged; write the figures elsewhere",
        "link.json": "this is the file that is to be judged",
        "notes.txt": "holds no earlier figures of this command; write to another file, or remove",
        "other.json": "holds no earlier figures",
    }.items():
        before = (tmp_path / name).read_bytes()
        for command in (("evaluate", bundle, file), ("bench", "path", "--quick")):
            ended = intercoder(*command, "--json", tmp_path / name)
            assert ended.code == 2, ended
            assert (sentence if command[0] == "evaluate" else "holds no earlier") in ended.err
        assert (tmp_path / name).read_bytes() == before


class Full(io.StringIO):
    """A file on a disk that has no room for a fourth line: the second discussion waits."""

    lines = 0

    def fileno(self) -> int:
        return 0

    def write(self, _text: str) -> int:
        self.lines += 1
        if self.lines > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_full_disk_is_one_sentence_and_no_traceback(
    tmp_path, database, monkeypatch, caplog, form
):
    opened = Path.open

    def full(path: Path, *given: object, **named: object) -> object:
        return Full() if path.suffix == ".part" else opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", full)
    command = ("export", "--format", form, "--out", tmp_path / "out", "--database", database)
    ended = intercoder(*command)
    assert ended.code == 2
    assert ended.err.splitlines()[-1].endswith("free some space and run the command again.")
    assert caplog.text == "", "no generator was left to be closed by the loop"


def read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `folder` refuse all that a read-only disk refuses, also to root."""
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.parent == folder:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        real(path, missing_ok)

    access = os.access
    monkeypatch.setattr(Path, "unlink", unlink)
    monkeypatch.setattr(os, "access", lambda p, mode: Path(p) != folder and access(p, mode))


def test_a_new_database_on_a_read_only_disk_is_one_sentence(tmp_path, monkeypatch):
    file = write(tmp_path / "talk.csv", rows())
    folder = Path("/proc")  # takes no new file
    read_only(folder, monkeypatch)
    ended = intercoder("import", file, "--database", folder / "new.db")
    assert ended.code == 2, ended
    assert "new.db: the file cannot be opened; check that its folder" in ended.err


def test_a_database_on_a_read_only_disk_can_be_read(tmp_path, database, monkeypatch):
    """Nothing can be written beside it, so no WAL and no shared memory for SQLite's locks."""
    before = dump(database)
    (tmp_path / "disk #1").mkdir()
    still = database.rename(tmp_path / "disk #1" / "a.db")
    (still.parent / "a.db-shm").symlink_to("/nowhere/shm")  # SQLite cannot have it
    read_only(still.parent, monkeypatch)
    out = tmp_path / "out.csv"
    options = ("--database", still)
    exported = intercoder("export", "--format", "csv", "--out", out, *options)
    assert "20 messages" in exported.out, exported.err
    assert "sound" in intercoder("db", "check", *options).out
    assert intercoder("db", "backup", tmp_path / "copy.db", *options).code == 0
    assert dump(tmp_path / "copy.db") == before
    refused = intercoder("import", tmp_path / "talk.csv", "--study", "new", *options)
    assert (refused.code, "a.db: the file" in refused.err) == (2, True), refused
    assert "error" not in refused.err, "what is said is not logged as well"

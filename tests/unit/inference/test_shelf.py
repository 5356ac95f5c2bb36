"""What stands in the folder of bundles is whole; what is half written never shows."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, BundleError, load_bundle
from bot.inference.shelf import bundles_in, shelve


@pytest.fixture(scope="module")
def made(tiny_bundle: Callable[[Architecture], Bundle]) -> Bundle:
    return tiny_bundle(Architecture.THREAD)


def test_bundles_are_listed_by_name(made: Bundle, tmp_path: Path) -> None:
    assert bundles_in(tmp_path / "none") == ()
    for name in ("two", "one"):
        found = shelve(made.path, tmp_path / name)
        assert (found.path, found.manifest) == (tmp_path / name, made.manifest)
        load_bundle(found.path)
    half = tmp_path / ".three.0123abcd.new"
    shutil.copytree(made.path, half)
    (tmp_path / "empty").mkdir()
    assert [(s.path.name, s.manifest) for s in bundles_in(tmp_path)] == [
        ("one", made.manifest),
        ("two", made.manifest),
    ]


def test_a_changed_manifest_is_listed_with_what_is_wrong(made: Bundle, tmp_path: Path) -> None:
    shelve(made.path, tmp_path / "one")
    manifest = tmp_path / "one" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"name"', '"nome"'))
    (shelved,) = bundles_in(tmp_path)
    assert shelved.manifest is None
    assert shelved.problem is not None
    assert "restore it from a copy or train it again" in shelved.problem


def test_a_damaged_bundle_gets_no_name(made: Bundle, tmp_path: Path) -> None:
    source, shelf = tmp_path / "work", tmp_path / "shelf"
    shutil.copytree(made.path, source)
    (source / "head.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="do not match their hash"):
        shelve(source, shelf / "one")
    assert list(shelf.iterdir()) == []


def test_everything_is_on_the_disk_before_it_has_its_name(
    made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    shelve(made.path, tmp_path / "one")
    staged_in = Path(synced[0]).parent
    names = {Path(s).relative_to(staged_in) for s in synced if Path(s).is_relative_to(staged_in)}
    there = {p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*")}
    assert names == {*there, Path()}
    assert synced[-1] == str(tmp_path)  # the name itself, last


def test_what_killed_processes_left_is_cleared_and_a_full_disk_leaves_nothing(
    made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.path, tmp_path / ".other.0123abcd.new")
    shelve(made.path, tmp_path / "one")
    assert [p.name for p in tmp_path.iterdir()] == ["one"]

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(BundleError, match="No space left on device"):
        shelve(made.path, tmp_path / "two")
    assert [p.name for p in tmp_path.iterdir()] == ["one"]

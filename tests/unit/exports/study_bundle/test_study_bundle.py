"""The zip for a study's reviewers: everything in it, its own numbers, the same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.domain.coding import Act, Seen
from bot.domain.errors import InputError
from exports.study_bundle.write import titles, write_study_bundle
from exports.writing import WritingError
from tests.coded_study import CodedStudy

PARTS = {
    "README.md",
    "methods.md",
    "transcript.csv",
    "transcript.xlsx",
    "transcript.html",
    "project.qdpx",
    "codebook.toml",
    "codebook.qdc",
    "audit-trail.jsonl",
    "SHA256SUMS",
    *(
        f"reliability/{name}{end}"
        for name in ("people", "all-coders", "models-and-verified")
        for end in (".json", ".csv", ".png")
    ),
    "models/aaaaaaaaaaaa/manifest.json",
    "models/aaaaaaaaaaaa/report.md",
    "models/bbbbbbbbbbbb/manifest.json",
}


async def coded(folder: Path) -> CodedStudy:
    study = await CodedStudy.open(folder / "study.db")
    for session in ("monday", "tuesday"):
        for group in ("g1", "g2", "g3"):
            await study.talk(session, group, 8, first=1 if session == "monday" else 101)
    await study.code_all()
    await study.code("g1-1", "ann", "AG", Act.ADJUDICATED, Seen.CODES)
    await study.code("g1-2", "bob", "OF", Act.CODED, Seen.NOTHING)
    return study


def begun(folder: Path) -> list[str]:
    """Return what was begun in a folder and left there."""
    return [p.name for p in folder.iterdir() if p.name.startswith(".")]


def report(folder: Path) -> Path:
    made = folder / "report"
    made.mkdir()
    (made / "report.md").write_text("measured", encoding="utf-8")
    (made / "predictions.csv").write_text("what the model learned from", encoding="utf-8")
    return made


async def test_everything_is_there_and_the_sums_are_right(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    told: list[tuple[str, float]] = []
    bundled = await write_study_bundle(
        study.store,
        study.study,
        tmp_path / "s.zip",
        reports={"a" * 64: report(tmp_path)},
        told=lambda name, share: told.append((name, share)),
    )
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert set(archive.namelist()) == set(bundled.files) == PARTS
        lines = archive.read("SHA256SUMS").decode().splitlines()
        sums = dict(reversed(line.split("  ")) for line in lines)
        for name in PARTS - {"SHA256SUMS"}:
            assert sums[name] == hashlib.sha256(archive.read(name)).hexdigest()
        first = archive.read("README.md").decode()
        assert all(f"`{name}`" in first for name in PARTS - {"README.md"})
        trails = [json.loads(line) for line in archive.read("audit-trail.jsonl").splitlines()]
        assert len(trails) == bundled.numbers.messages == 48
        settled = next(t for t in trails if t["message"]["id"] == "g1-1")
        assert settled["verified"] == settled["verified"] | {"code": "AG", "basis": "adjudicated"}
        table = csv.DictReader(io.StringIO(archive.read("transcript.csv").decode("utf-8-sig")))
        assert {row["message_id"] for row in table} == {t["message"]["id"] for t in trails}
    assert bundled.left_out == ("the training report of second: its bundle is not here",)
    assert {name for name, share in told if share == 1} == set(titles())
    await study.store.close()


async def test_the_methods_tell_the_studys_own_numbers(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    bundled = await write_study_bundle(study.store, study.study, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        methods = archive.read("methods.md").decode()
        people = json.loads(archive.read("reliability/people.json"))
    numbers = bundled.numbers
    assert "3 groups discussed 2 scenarios in 2 sessions, 6 discussions: 48 messages" in methods
    async with aclosing(study.store.transcripts.stream(study.study.id)) as stream:
        verified = [d.verified(m.id) async for d in stream for m in d.discussion.messages]
    settled = [v for v in verified if v is not None]
    assert numbers.verified == len(settled)
    assert numbers.verified_by_one == sum(
        v.basis == "agreed" and len(v.coders) == 1 for v in settled
    )
    assert f"The code of {len(settled)} messages was verified" in methods
    alpha = f"Krippendorff's alpha {people['krippendorff_alpha']:.3f}"
    assert alpha in methods
    assert people["coders"] == ["ann", "bob", "cyd"]
    assert "1 by adjudication" in methods
    assert "bob coded" in methods
    assert "1 of them before any code was shown" in methods
    await study.store.close()


async def test_the_same_study_gives_the_same_bytes(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    for name in ("one.zip", "two.zip"):
        await write_study_bundle(study.store, study.study, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    await study.store.close()


async def test_one_session_is_that_session_alone(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    bundled = await write_study_bundle(
        study.store, study.study, tmp_path / "s.zip", session="monday"
    )
    assert (bundled.numbers.messages, bundled.numbers.sessions) == (24, {"monday"})
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert len(archive.read("audit-trail.jsonl").splitlines()) == 24
    await study.store.close()


async def test_without_two_coders_the_rest_is_written_and_it_is_told(tmp_path: Path) -> None:
    study = await CodedStudy.open(tmp_path / "study.db")
    await study.talk("monday", "g1", 3)
    bundled = await write_study_bundle(study.store, study.study, tmp_path / "s.zip")
    assert "transcript.csv" in bundled.files
    assert [why.split(":")[0] for why in bundled.left_out] == [
        "reliability/people",
        "reliability/all-coders",
        "reliability/models-and-verified",
    ]
    await study.store.close()


async def test_what_stood_there_stays_if_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = await coded(tmp_path)
    (tmp_path / "s.zip").write_bytes(b"earlier")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("exports.study_bundle.write.draw", full)
    with pytest.raises((WritingError, InputError), match="disk is full"):
        await write_study_bundle(study.store, study.study, tmp_path / "s.zip")
    assert (tmp_path / "s.zip").read_bytes() == b"earlier"
    assert begun(tmp_path) == []
    await study.store.close()

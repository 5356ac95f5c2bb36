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
from bot.services.people.trail import trail
from bot.storage.trails import Recorded
from exports.study_bundle.trails import write_trails
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
        assert "Participants appear under pseudonyms, coders as they are named" in first
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
    assert "1 of these codes was given by somebody who had been shown others' codes" in methods
    blind, unknown = 1, numbers.coded_by["bob"] - 1
    assert f"bob coded {blind + unknown} messages, 1 of them before any code was shown" in methods
    assert f"of {unknown} it is not known what had been shown to them" in methods
    assert "coded before any code was shown to them (codes of which that is not known" in methods
    await study.store.close()


async def methods_of(study: CodedStudy, folder: Path, session: str | None = None) -> str:
    out = folder / "s.zip"
    await write_study_bundle(study.store, study.study, out, session=session)
    with zipfile.ZipFile(out) as archive:
        return archive.read("methods.md").decode()


async def test_models_are_held_against_people_each_by_itself(tmp_path: Path) -> None:
    study = await CodedStudy.open(tmp_path / "study.db")
    await study.talk("monday", "g1", 9)
    for model, code in (("starter", "AG"), ("second", "DIS")):
        await study.code_each(study.messages, model, code, Act.CODED, None)
    # Two models, nobody else: what they agree on says nothing of what people settled on.
    assert "verified" not in await methods_of(study, tmp_path)
    await study.code_each(["g1-1", "g1-2"], "ann", "AG", Act.CODED, Seen.NOTHING)
    told = await methods_of(study, tmp_path)
    both = "people's verified codes, on the 2 messages that have both: percent agreement"
    assert f"Model 'starter' and {both} 1.000" in told
    assert f"Model 'second' and {both} 0.000" in told
    await study.store.close()


async def test_who_only_settles_what_others_disagree_on_is_no_coder(tmp_path: Path) -> None:
    study = await CodedStudy.open(tmp_path / "study.db")
    await study.talk("monday", "g1", 4)
    await study.code_each(["g1-1", "g1-2"], "ann", "AG", Act.CODED, Seen.NOTHING)
    await study.code("g1-1", "bob", "DIS", Act.ADJUDICATED, Seen.CODES)
    bundled = await write_study_bundle(study.store, study.study, tmp_path / "s.zip")
    assert bundled.numbers.coded_by == {"ann": 2}
    lacking = "reliability/people: no two people coded the same message before they saw any code"
    assert lacking in bundled.left_out
    assert (
        "reliability/models-and-verified: no model has coded anything that people settled on"
        in bundled.left_out
    )
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        # Whoever has the zip alone is to know what it lacks.
        assert f"- {lacking}" in archive.read("README.md").decode()
    await study.store.close()


async def test_people_who_coded_no_message_twice_have_no_agreement(tmp_path: Path) -> None:
    study = await CodedStudy.open(tmp_path / "study.db")
    await study.talk("monday", "g1", 4)
    await study.code("g1-1", "ann", "AG", Act.CODED, Seen.NOTHING)
    await study.code("g1-2", "bob", "AG", Act.CODED, Seen.NOTHING)
    bundled = await write_study_bundle(study.store, study.study, tmp_path / "s.zip")
    assert (
        "reliability/people: no two people coded the same message before they saw any code"
        in bundled.left_out
    )
    assert "agreement is" not in await methods_of(study, tmp_path)
    await study.store.close()


async def test_the_methods_of_one_session_say_so(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    told = await methods_of(study, tmp_path, "monday")
    assert told.startswith(
        "# Methods: study, session monday\n\n3 groups discussed 1 scenario in 1 s"
    )
    await study.store.close()


async def test_agreement_on_units_is_told_once(tmp_path: Path) -> None:
    study = await coded(tmp_path)
    rows = {name: stored.id for name, stored in study.messages.items()}
    for person in ("ann", "bob"):
        add = study.store.unit_links.add
        await add(rows["g1-4"], rows["g1-1"], study.people[person].id, joined=True)
    for session in (None, "monday"):
        told = await methods_of(study, tmp_path, session)
        assert told.count("on 1 of the places where a thought may go on") == 1
        assert told.count("In the whole study, not in session 'monday' alone") == (
            session is not None
        )
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


async def test_the_trail_of_a_message_is_the_same_read_alone_and_with_its_discussion(
    tmp_path: Path,
) -> None:
    study = await coded(tmp_path)
    store, (one, two) = study.store, (study.messages["g1-1"], study.messages["g1-2"])
    ann = study.people["ann"].id
    await store.unit_links.add(two.id, one.id, ann, joined=True)
    await store.notes.add(two.id, ann, "see rule 4")
    await store.marks.add(two.id, ann, "edge_case", 1)
    await store.edits.edited(study.study.id, "g1", "g1-1", "point 1, again", two.message.sent_at)
    path = tmp_path / "trails.jsonl"
    assert await write_trails(store, study.study, path) == 48
    written = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    handled = {s.message.id: s for s in await store.trails.handled(study.study.id)}
    for told in written:
        alone = await trail(store, study.study, handled[told["message"]["id"]])
        assert told == alone.to_dict()
    joined = next(t for t in written if t["message"]["id"] == "g1-2")
    assert {"noted", "joined", "edge_case"} <= {event["what"] for event in joined["events"]}
    await store.close()


async def test_a_discussion_is_read_once_for_all_its_trails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = await coded(tmp_path)
    read, of = [], study.store.trails.of_discussion

    async def counted(discussion: int) -> Recorded:
        read.append(discussion)
        return await of(discussion)

    monkeypatch.setattr(study.store.trails, "of_discussion", counted)
    await write_trails(study.store, study.study, tmp_path / "trails.jsonl")
    assert len(read) == len(set(read)) == 6
    await study.store.close()

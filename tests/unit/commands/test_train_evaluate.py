"""train and evaluate on a tiny study: what they print, write and refuse."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.codebook import load_codebook
from bot.encoding.spec import Architecture
from bot.inference.bundle import load_bundle
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import Ended, environment, intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows
from training import fit

Train = Callable[..., Ended]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    tiny_base(folder / "base", max_position_embeddings=512)
    write_rows(folder / "talk.csv", tiny_rows(f"g{n}" for n in range(8)))
    write_codebook(BOOK, folder / "codebook.toml")
    return folder


def train(study: Path, out: Path, *options: object) -> Ended:
    given = ("--base", study / "base", "--epochs", 1, "--threads", 1, "--oversample-total", 0)
    return intercoder("train", study / "talk.csv", "--out", out, *given, *options)


@pytest.fixture(scope="module")
def trained(study: Path, tmp_path_factory) -> tuple[Path, Ended]:
    out = tmp_path_factory.mktemp("bundles") / "mine"
    options = ("--window", 3, "--seed", 5, "--oversample-min", 2)
    return out, train(study, out, *options)


def test_training_accounts_for_every_record_and_says_how_it_went(trained):
    out, ended = trained
    assert ended.code == 0, ended.err
    assert "128 messages, 112 kept for training and testing" in ended.err
    assert "16 dropped: uncoded" in ended.err
    assert "split by group" in ended.err
    assert "epoch 1: " in ended.err
    for part in ("accuracy ", "Cohen's kappa ", "interval", "macro-F1 ", "epoch 1 of 1"):
        assert part in ended.out
    assert str(out / "report" / "report.md") in ended.out
    assert (out / "report" / "report.md").is_file()


def test_options_reach_the_bundle(study, trained):
    manifest = load_bundle(trained[0]).manifest
    settings = manifest.training["settings"]
    assert manifest.architecture is Architecture.THREAD
    assert manifest.spec.window == 3
    assert manifest.codebook == load_codebook(study / "codebook.toml")
    assert {k: settings[k] for k in ("seed", "epochs", "oversample_min", "oversample_total")} == {
        "seed": 5,
        "epochs": 1,
        "oversample_min": 2,
        "oversample_total": 0,
    }


def test_the_paper_preset_is_a_pair_split_by_record(study, tmp_path):
    ended = train(study, tmp_path / "paper", "--preset", "paper", "--window", 2)
    assert ended.code == 0, ended.err
    manifest = load_bundle(tmp_path / "paper").manifest
    assert manifest.architecture is Architecture.PAIR
    assert manifest.training["settings"]["split"] == "record"


def test_evaluation_prints_a_table_and_writes_the_figures(study, trained, tmp_path):
    out = tmp_path / "figures.json"
    ended = intercoder("evaluate", trained[0], study / "talk.csv", "--json", out)
    assert ended.code == 0, ended.err
    figures = json.loads(out.read_text(encoding="utf-8"))
    keys = {"n", "accuracy", "kappa", "kappa_low", "kappa_high", "macro_f1", "ece", "per_code"}
    assert keys <= set(figures)
    assert figures["n"] == load_bundle(trained[0]).manifest.metrics["n"]
    assert figures["accuracy"] == load_bundle(trained[0]).manifest.metrics["accuracy"]
    for part in ("accuracy", "Cohen's kappa", "macro-F1", "CR", "AG", f"{out}: the figures."):
        assert part in ended.out
    assert "judged on records that the bundle did not learn from; " in ended.out
    assert figures["said"] == "judged on records that the bundle did not learn from"


def test_evaluation_tells_what_people_must_look_at_and_draws_it(study, trained, tmp_path):
    out, picture = tmp_path / "figures.json", tmp_path / "curve.png"
    asked = ("evaluate", trained[0], study / "talk.csv", "--json", out, "--png", picture)
    ended = intercoder(*asked)
    assert ended.code == 0, ended.err
    figures = json.loads(out.read_text(encoding="utf-8"))
    shares = [s["share"] for s in figures["sent_to_people"]]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert figures["needed"].keys() == {"0.89", "0.95"}
    assert figures["temperature"] == load_bundle(trained[0]).manifest.temperature
    assert [t["threshold"]["target"] for t in figures["thresholds"]] == [0.05, 0.1, 0.15]
    assert "95% agreement needs people on" in ended.out
    assert "everything goes to people" in ended.out  # one validation group promises nothing
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert intercoder(*asked).code == 0  # figures and picture of its own it writes again
    refused = intercoder(*asked[:3], "--png", study / "talk.csv")
    assert refused.code == 2
    assert "this is the file that is to be judged" in refused.err


def test_evaluation_tells_the_notes_of_the_file(study, trained, tmp_path):
    rows = [row for row in tiny_rows(["new"]) if row[4] != "3"]
    file = write_rows(tmp_path / "gaps.csv", rows)
    ended = intercoder("evaluate", trained[0], file, "--json", tmp_path / "out.json")
    assert ended.code == 0, ended.err
    assert "2 sequence numbers are missing" in ended.out
    notes = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["notes"]
    assert len(notes) == 1


def test_evaluating_everything_says_that_it_is_no_estimate(study, trained):
    ended = intercoder("evaluate", trained[0], study / "talk.csv", "--split", "all")
    assert ended.code == 0, ended.err
    assert "112 judged on ALL records" in ended.out


def test_a_bundle_is_not_replaced_unless_asked(study, trained):
    before = load_bundle(trained[0]).manifest.fingerprint
    ended = train(study, trained[0])
    assert ended.code == 2
    assert "is there already" in ended.err
    assert load_bundle(trained[0]).manifest.fingerprint == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("epoch", [1, 2])
def test_a_signal_keeps_the_best_epoch_if_there_is_one(
    study, tmp_path, monkeypatch, number, code, epoch
):
    real = fit._Run.epoch

    def signalled(self: fit._Run, now: int) -> tuple[float, float]:
        if now == epoch:
            os.kill(os.getpid(), number)
        return real(self, now)

    monkeypatch.setattr(fit._Run, "epoch", signalled)
    ended = train(study, tmp_path / "out", "--epochs", 5, "--teachers", 0)
    assert ended.code == code
    if epoch == 1:
        assert "interrupted before the first epoch was judged" in ended.err
        assert "stays" not in ended.err, "nothing was stored"
        assert list(tmp_path.iterdir()) == []
    else:
        assert "interrupted: keeping epoch 1" in ended.err
        assert "epoch 1 of 1 is kept" in ended.out
        assert load_bundle(tmp_path / "out").manifest.training["epochs_done"] == 1
        assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_permission_of_the_settings_reaches_the_bundle(study, tmp_path, monkeypatch):
    monkeypatch.setenv("INTERCODER_TRAINING__DISCORD_PERMISSION", "letter of 1 May")
    assert train(study, tmp_path / "out").code == 0
    training = load_bundle(tmp_path / "out").manifest.training
    assert training["discord_permission"] == "letter of 1 May"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--preset", "paper", "--architecture", "thread"), "the paper's coder is a pair"),
        (("--codebook", "nowhere.toml"), "nowhere.toml: there is no such file"),
        (("--base", "/nowhere/base"), "cannot be loaded"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(study, tmp_path, options, sentence):
    ended = train(study, tmp_path / "out", *options)
    assert ended.code == 2
    assert sentence in ended.err
    assert list(tmp_path.iterdir()) == []


def coded_by_two(study: Path, groups: int) -> list[list[str]]:
    """Return the rows of some groups by ann, and again by ben, who differs on every fifth."""
    own = tiny_rows(f"two{n}" for n in range(groups))
    other = [
        [*row[:8], "Q" if row[8] and n % 5 == 0 else row[8], "ben"] for n, row in enumerate(own)
    ]
    return [row for pair in zip(own, other, strict=True) for row in pair]


def test_where_two_people_coded_their_agreement_is_the_benchmark(study, trained, tmp_path):
    file = write_rows(tmp_path / "two.csv", coded_by_two(study, 8))
    out = tmp_path / "bundle"
    given = ("--base", study / "base", "--epochs", 1, "--threads", 1, "--oversample-total", 0)
    options = ("--codebook", study / "codebook.toml", *given)
    taught = intercoder("train", file, "--out", out, *options)
    judged = intercoder("evaluate", trained[0], file, "--json", tmp_path / "two.json")
    for ended in (taught, judged):
        assert ended.code == 0, ended.err
        assert "messages on which the coders agree are taken, the easier ones" in ended.out
        assert re.search(r"(ann|author) and ben, 1\d\d messages: \d\d\.\d%, Cohen's k", ended.out)
    assert re.search(r"on \d+ of these, \w+ and ben differ", judged.out)
    (pair,) = json.loads((tmp_path / "two.json").read_text())["people"]
    assert pair["percent"] < 1
    report = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["people"] == [pair]
    text = (out / "report" / "report.md").read_text(encoding="utf-8")
    assert "the easier ones" in text
    assert "two people of this study: " in text


def test_an_interval_says_what_it_is_worth(study, trained, tmp_path):
    assert "14 test messages of 1 group:" in trained[1].out
    assert "(no interval: it needs at least two groups)" in trained[1].out
    for groups, said in (
        (["new"], "(no interval: it needs at least two groups)"),
        (["new", "newer"], "(a rough interval: from 2 groups alone)"),
    ):
        file = write_rows(tmp_path / "new.csv", tiny_rows(groups))
        assert said in intercoder("evaluate", trained[0], file).out


def test_remedies_name_what_helps(study, trained, tmp_path):
    one = write_rows(tmp_path / "one.csv", tiny_rows(["new"]))
    bare = write_rows(tmp_path / "bare.csv", [[*r[:8], "", ""] for r in tiny_rows(["new"])])
    options = ("--base", study / "base", "--codebook", study / "codebook.toml")
    for file, out, sentence in (
        (one, tmp_path / "b", "one.csv: 14 usable records in 1 group cannot be split in three; co"),
        (one, tmp_path / "b", "or split by record: --split record."),
        (bare, tmp_path / "b", "bare.csv: no message in it has a person's code; fill its columns"),
        (study / "talk.csv", trained[0], "choose another name, or replace it with --overwrite."),
        (study / "talk.csv", one, f"{one}: this is a file, no folder; name another place."),
        (study / "talk.csv", one / "q", f"{one} is a file, no folder; name another place."),
    ):
        ended = intercoder("train", file, "--out", out, *options)
        assert (ended.code, sentence in ended.err) == (2, True), ended.err
        assert "(File exists)" not in ended.err


def test_figures_that_cannot_be_written_are_refused_before_the_work(study, trained, tmp_path):
    for out in (tmp_path / "none" / "a.json", tmp_path):
        ended = intercoder("evaluate", trained[0], study / "talk.csv", "--json", out)
        assert ended.code == 2
        assert str(out) in ended.err
        assert "judged" not in ended.out + ended.err


@pytest.mark.parametrize(
    "arguments", [("train", "a.csv", "--out", "b"), ("evaluate", "b", "a.csv"), ("bench",)]
)
def test_without_the_train_extra_one_sentence_says_how_to_get_it(arguments, tmp_path):
    program = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'sklearn', 'onnx'): sys.modules[name] = None\n"
        "from bot.__main__ import run\nsys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program, *arguments],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("pip install 'intercoder[train]'.\n")


def test_python_m_training_has_the_same_commands(tmp_path):
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "training", "evaluate", str(tmp_path / "none"), "a.csv"],
        env=environment() | {"COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "there is no such bundle" in done.stderr

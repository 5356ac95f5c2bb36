"""A codebook without a coded message gives a coder, and the coder says what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.domain.codebook import Code
from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from bot.inference.bundle import load_bundle
from bot.inference.open import open_engine
from bot.inference.speech import KIND
from tests.tiny import talk_windows
from tests.unit.training.tiny_study import tiny_base, tiny_settings
from training.cold.bank import load_bank, utterances, words
from training.cold.phrases import phrases, signs
from training.cold.train import train_from_codebook

BOOK = """code,title,definition,examples,uncoded
AG,Agreement,agrees with another,yes | ok you are right,
DI,Disagreement,disagrees with another,,
Q,Question,asks for a reason; with an opinion it is AG,why ?,
UC,Uncoded,nothing,,true
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cold")
    (folder / "book.csv").write_text(BOOK, encoding="utf-8")
    base = tiny_base(folder / "base")
    settings = tiny_settings(Architecture.THREAD)
    for name in ("one", "two"):
        train_from_codebook(folder / "book.csv", folder / name, settings, base=str(base))
    return folder


def test_it_is_an_ordinary_bundle_with_every_code_that_decides(bundle: Path) -> None:
    manifest = load_bundle(bundle / "one").manifest
    assert manifest.labels == ("AG", "DI", "Q")
    assert manifest.network["kind"] == KIND
    assert manifest.training["method"] == "codebook"
    assert manifest.training["records"] == 0
    assert not manifest.metrics


def test_both_engines_give_the_same_codes_whatever_the_batch(bundle: Path) -> None:
    loaded = load_bundle(bundle / "one")
    inputs = [loaded.encoder().encode(w) for w in talk_windows(3)]
    onnx = open_engine(loaded, "onnx", "cpu", 1)
    torch = open_engine(loaded, "torch", "cpu", 1)
    together = onnx.score(inputs)
    alone = np.concatenate([onnx.score([i]) for i in inputs])
    assert np.allclose(together, torch.score(inputs), atol=1e-5)
    assert np.allclose(together, alone, atol=1e-6)
    assert (together.argmax(1) == alone.argmax(1)).all()


def test_the_same_codebook_gives_the_same_weights(bundle: Path) -> None:
    one, two = (load_bundle(bundle / name).manifest.files for name in ("one", "two"))
    assert one["model.safetensors"] == two["model.safetensors"]


def test_its_report_says_that_nothing_has_tested_it(bundle: Path) -> None:
    text = (bundle / "one" / "report" / "report.md").read_text(encoding="utf-8")
    assert "nothing has tested it" in text
    assert all(f"| {code} " in text for code in ("AG", "DI", "Q"))


def test_its_card_says_that_no_message_taught_or_tested_it(bundle: Path) -> None:
    text = (bundle / "one" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text.startswith("# one\n")
    assert "made from the codebook alone over" in text
    assert "No message taught it" in text
    assert "No message has tested it either." in text
    assert "It was judged on no message: nothing is known." in text
    for untrue in ("fine-tuned", "records.csv.gz", "sha-256", "words of the test messages"):
        assert untrue not in text
    assert "MODEL_CARD.md" in load_bundle(bundle / "one").manifest.files


def test_a_codebook_of_one_code_is_refused(bundle: Path) -> None:
    book = bundle / "poor.csv"
    book.write_text("code,title,definition,uncoded\nA,All,,\nU,None,,true\n", encoding="utf-8")
    with pytest.raises(InputError, match="1 code that decides"):
        train_from_codebook(book, bundle / "no", tiny_settings(Architecture.THREAD))
    assert not (bundle / "no").exists()


def test_a_sentence_that_names_another_code_is_not_what_a_code_is_about() -> None:
    code = Code("Q", "Question", "asks for a reason; with an opinion it is AG")
    assert phrases(code, ["Q", "AG"]).clauses == ("asks for a reason",)


def test_what_a_clause_denies_is_left_out() -> None:
    code = Code("S", "Remark", "states a view without any reason, not about the task")
    assert phrases(code, ["S"]).clauses == ("states a view",)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Code("D", "Disagree", "disagrees with an earlier one"), {"against"}),
        (Code("A", "Agree"), {"for"}),
        (Code("Q", "Probing", "agrees"), {"asks"}),
        (Code("N", "None", "chat, asks nothing"), set()),
    ],
)
def test_signs_are_read_from_the_title_first(code: Code, expected: set[str]) -> None:
    assert signs(code, load_bank().signs) == expected


def test_every_function_of_the_bank_has_phrases_utterances_and_a_family() -> None:
    bank = load_bank()
    assert len({f.name for f in bank.functions}) == len(bank.functions) > 40
    for function in bank.functions:
        assert function.means, function.name
        assert len(function.says) >= 7, function.name
        assert function.family in bank.families
        assert function.sign in {"", *bank.signs}


def test_slots_are_filled_with_what_the_study_talks_about() -> None:
    things = words(["The bridge or the tunnel ?"], load_bank().common)
    assert things == ("bridge", "tunnel")
    said = utterances(load_bank(), things, seed=0)
    assert said == utterances(load_bank(), things, seed=0)
    texts = [u.text for u in said]
    assert any("tunnel" in text for text in texts)
    assert not any("{" in text for text in texts)

"""The encoder's settings as data: fingerprinted, and refused where they are another version's."""

from dataclasses import fields, replace

import pytest
from tokenizers import Tokenizer, models

from bot.encoding.encode import Encoder, tokenizer_hash
from bot.encoding.spec import RENDERING, Architecture, EncoderError, EncoderSpec
from tests.tiny_bundle import tokenizer_json

SPEC = EncoderSpec(Architecture.PAIR, 4, 512, 320, "ab" * 32)
CHANGED = {
    "architecture": Architecture.THREAD,
    "window": 5,
    "max_tokens": 511,
    "scenario_tokens": 321,
    "tokenizer": "cd" * 32,
    "rendering": RENDERING + 1,
}


def test_the_fingerprint_changes_with_every_field():
    assert set(CHANGED) == {f.name for f in fields(EncoderSpec)}
    others = {replace(SPEC, **{name: value}).fingerprint for name, value in CHANGED.items()}
    assert len({SPEC.fingerprint, *others}) == len(CHANGED) + 1


def test_the_plain_form_reads_back_to_the_same_spec():
    assert EncoderSpec.from_dict(SPEC.to_dict()) == SPEC
    assert type(SPEC.to_dict()["architecture"]) is str


def test_a_spec_of_another_rendering_is_refused():
    with pytest.raises(EncoderError, match=f"has rendering {RENDERING + 1}, this version writes"):
        EncoderSpec.from_dict({**SPEC.to_dict(), "rendering": RENDERING + 1})


@pytest.mark.parametrize(
    "damage",
    [
        {"architecture": "bag"},
        {"windows": 3},
        {"window": "4"},
    ],
)
def test_an_unreadable_spec_is_refused(damage):
    with pytest.raises(EncoderError, match="not readable"):
        EncoderSpec.from_dict({**SPEC.to_dict(), **damage})
    with pytest.raises(EncoderError, match="not readable"):
        EncoderSpec.from_dict({})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"window": -1}, "window = -1: give 0 or more"),
        ({"max_tokens": 513}, "max_tokens = 513"),
        ({"max_tokens": 15}, "max_tokens = 15"),
        ({"scenario_tokens": 7}, "scenario_tokens = 7"),
        ({"scenario_tokens": 497}, "leaves no room for a comment"),
    ],
)
def test_impossible_settings_are_refused(change, problem):
    with pytest.raises(EncoderError, match=problem):
        replace(SPEC, **change)


def test_a_tokenizer_that_the_spec_does_not_name_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(tokenizer_json(), encoding="utf-8")
    spec = replace(SPEC, tokenizer=tokenizer_hash(path))
    assert Encoder.from_file(path, spec).spec == spec
    path.write_text(tokenizer_json() + " ", encoding="utf-8")
    with pytest.raises(EncoderError, match=r"tokenizer\.json: this tokenizer is not the one"):
        Encoder.from_file(path, spec)


def test_a_tokenizer_without_berts_marks_is_refused():
    plain = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))  # noqa: S106
    with pytest.raises(EncoderError, match=r"has no \[CLS\] token: use a BERT checkpoint"):
        Encoder(plain, SPEC)

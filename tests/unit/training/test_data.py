"""A file and its codebook -> inputs and examples."""

import hashlib

import pytest
from tokenizers import Tokenizer

from bot.domain.errors import InputError
from bot.domain.window import windows
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec
from tests.tiny_bundle import tokenizer_json
from tests.unit.training.tiny_study import (
    BOOK,
    tiny_records,
    tiny_rows,
    tiny_settings,
    transcript_of,
    write_rows,
)
from training.arrange import arrange
from training.data import encode_all, examples, load_source, training_units

LABELS = ("CR", "AG", "Q")
CODEBOOK = "".join(f'[[codes]]\ncode = "{c}"\n' for c in ("{}", "AG", "CR", "Q", "UC"))


def encoder(architecture: Architecture, window: int = 3, scenario_tokens: int = 40) -> Encoder:
    spec = EncoderSpec(architecture, window, 64, scenario_tokens, "")
    return Encoder(Tokenizer.from_str(tokenizer_json()), spec)


def test_the_codebook_beside_the_file_is_found_the_nearest_name_first(tmp_path):
    file = write_rows(tmp_path / "talk.csv", tiny_rows(["g"]))
    found = load_source(file)
    assert [c.code for c in found.codebook.codes] == sorted({"AG", "CR", "Q", "UC"})
    assert found.codebook.id == "tiny", "as the dataset"
    assert found.codebook_from == "the codes in the file (AG, CR, Q, UC)"
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()

    for name in ("codebook.toml", "talk-codebook.csv", "talk-codebook.toml"):
        beside = tmp_path / name
        text = CODEBOOK.format(name)
        if name.endswith("csv"):
            text = "code,title\n" + "".join(f"{c},\n" for c in (name, "AG", "CR", "Q", "UC"))
        beside.write_text(text, encoding="utf-8")
        found = load_source(file)
        assert found.codebook.codes[0].code == name
        assert found.codebook_from == str(beside)

    given = tmp_path / "given.toml"
    given.write_text(CODEBOOK.format("given"), encoding="utf-8")
    assert load_source(file, given).codebook.codes[0].code == "given"


def test_a_code_that_is_not_in_the_codebook_is_refused(tmp_path):
    file = write_rows(tmp_path / "talk.csv", tiny_rows(["g"]))
    (tmp_path / "codebook.toml").write_text('[[codes]]\ncode = "AG"', encoding="utf-8")
    with pytest.raises(InputError, match=r"talk\.csv:\d+: code '(CR|Q)' is not in codebook"):
        load_source(file)


def test_a_file_without_any_code_is_refused(tmp_path):
    rows = [[*row[:8], "", "ann"] for row in tiny_rows(["g"])]
    file = write_rows(tmp_path / "talk.csv", rows)
    with pytest.raises(InputError, match=r"talk\.csv: no message in it has a person\'s code; fill"):
        load_source(file)


@pytest.mark.parametrize("architecture", Architecture)
def test_a_record_is_encoded_with_its_whole_window_uncoded_messages_too(architecture):
    transcript = transcript_of(tiny_rows(["g"]))
    records = arrange(transcript, BOOK).records
    made = encoder(architecture)
    inputs = encode_all(records[2:], made)
    assert set(inputs) == {r.message.id for r in records[2:]}
    live = {w.target.id: w for d in transcript.discussions for w in windows(d, 3)}
    assert all(given == made.encode(live[i]) for i, given in inputs.items())


def test_a_scenario_longer_than_the_encoder_reads_is_refused():
    with pytest.raises(InputError, match=r"scenario 'fox' takes 10 tokens, .* at most 8"):
        encode_all(tiny_records(1), encoder(Architecture.THREAD, scenario_tokens=8))


def test_pair_repeats_what_is_drawn_and_thread_weighs_it():
    records = tiny_records(3)
    counts = {}
    for architecture in Architecture:
        settings = tiny_settings(architecture, oversample_min=40, oversample_total=150)
        inputs = encode_all(records, encoder(architecture))
        units = training_units(records, inputs, LABELS, settings)
        drawn = [e for unit in units for e in unit]
        counts[architecture] = [
            sum(e.weight for e in drawn if e.label == label) for label in range(len(LABELS))
        ]
        if architecture is Architecture.PAIR:
            assert all(len(unit) == 1 and unit[0].weight == 1 for unit in units)
        else:
            assert len(units) == 6  # three groups, two scenarios each
            assert len(drawn) == len(records)
    assert counts[Architecture.PAIR] == counts[Architecture.THREAD]
    assert sum(counts[Architecture.PAIR]) == 150
    assert min(counts[Architecture.PAIR]) >= 40


def test_a_thread_unit_holds_one_discussion():
    records = tiny_records(2)
    inputs = encode_all(records, encoder(Architecture.THREAD))
    units = training_units(records, inputs, LABELS, tiny_settings(Architecture.THREAD))
    home = {id(inputs[r.message.id]): r.message.discussion_key for r in records}
    assert [len({home[id(e.input)] for e in unit}) for unit in units] == [1] * 4


def test_held_out_records_stand_once_and_unknown_codes_are_left_out():
    records = tiny_records(2)
    inputs = encode_all(records, encoder(Architecture.PAIR))
    found = examples(records, inputs, ("AG", "Q"))
    assert len(found) == sum(r.code != "CR" for r in records)
    assert {e.weight for e in found} == {1}
    kept = [r for r in records if r.code != "CR"]
    assert [(e.input, ("AG", "Q")[e.label]) for e in found] == [
        (inputs[r.message.id], r.code) for r in kept
    ]

"""Which codebook a coded file goes with: the order is one, whoever asks."""

from pathlib import Path

import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.coded_source import ChosenCodebook, check_codes, choose_codebook
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, load_transcript

KNOWN = ChosenCodebook(Codebook("known", "", "1", (Code("A", "A"),)), "study 'x'")
SPARE = ChosenCodebook(Codebook("spare", "", "1", (Code("A", "A"),)), "bundle 'x'")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "talk.csv"
    rows = ["d,g,s,case,1,P1,,hi,A,ann", "d,g,s,case,1,P1,,hi,B,bob", "d,g,s,case,2,P1,,ho,,"]
    path.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    return path


def test_each_source_gives_way_to_the_one_before_it(file):
    talk = load_transcript(file)
    (file.parent / "given.csv").write_text("code,title\nA,a\n", encoding="utf-8")
    beside = file.parent / "codebook.toml"
    beside.write_text('id = "beside"\n[[codes]]\ncode = "A"', encoding="utf-8")
    given = file.parent / "given.csv"

    def origin(*args: Path, **others: ChosenCodebook) -> str:
        return choose_codebook(file, talk, *args, **others).origin

    assert origin(given, known=KNOWN, spare=SPARE) == str(given)
    assert origin(known=KNOWN, spare=SPARE) == "study 'x'"
    assert origin(spare=SPARE) == str(beside)
    beside.unlink()
    assert origin(spare=SPARE) == "bundle 'x'"
    bare = choose_codebook(file, talk)
    assert bare.origin == "the codes in the file (A, B)"
    assert list(bare.codebook.by_code) == ["A", "B"]
    assert bare.codebook.id == "d", "called as the dataset, whatever the file is called"
    assert choose_codebook(file, talk, study="mine").codebook.id == "mine"


def test_a_file_without_codes_has_no_codebook_of_its_own(file):
    file.write_text(",".join(COLUMNS) + "\nd,g,s,case,1,P1,,hi,,", encoding="utf-8")
    with pytest.raises(InputError, match=r"talk\.csv: no message has a code .* --codebook"):
        choose_codebook(file, load_transcript(file))


def test_a_code_that_is_not_in_the_codebook_is_named_with_its_coders_line(file):
    with pytest.raises(InputError, match=r"talk\.csv:3: code 'B' is not in codebook 'known'"):
        check_codes(file, load_transcript(file), KNOWN.codebook)

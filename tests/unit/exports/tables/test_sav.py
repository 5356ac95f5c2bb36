"""SPSS's limits: names of variables, lengths of texts and labels; codes that left the book."""

import pyreadstat
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook
from exports.tables.sav import write_sav
from exports.tables.spss_names import fitted, spss_names
from exports.tables.table import Layout, Wanted
from tests.unit.exports.coded import about, by_person, coded, message, stream


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12))
def test_every_variable_has_a_name_that_spss_takes_and_no_other_has(wanted):
    found = spss_names(wanted)
    assert len({name.lower() for name in found}) == len(wanted)
    for name in found:
        assert len(name.encode()) <= 64
        assert name.isascii()
        assert name[0].isalpha()
        assert name.replace("_", "").isalnum()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(10, 40))
def test_a_text_is_cut_between_characters_and_marked(text, limit):
    found, cut = fitted(text, limit)
    assert len(found.encode()) <= limit
    assert cut == (len(text.encode()) > limit)
    assert text.startswith(found.removesuffix(" [cut]") if cut else found)


async def test_the_longest_text_that_spss_takes_comes_back_and_a_longer_one_is_cut(tmp_path):
    texts = ["a" * 32_767, "b" * 40_000, "\N{FOX FACE}" * 9_000, "c" * 256, "d" * 255, ""]
    talk = coded([message(t, n) for n, t in enumerate(texts, start=1)])
    counted = await write_sav(stream(talk), about(), tmp_path / "o.sav")
    frame, meta = pyreadstat.read_sav(tmp_path / "o.sav")
    found = list(frame["comment"])
    assert counted.cut == 2
    assert meta.creation_time == about().created_at.replace(tzinfo=None, microsecond=0)
    assert [found[0], *found[3:]] == [texts[0], *texts[3:]]
    assert found[1] == "b" * 32_761 + " [cut]"
    assert found[2].removesuffix(" [cut]") == "\N{FOX FACE}" * 8_190


async def test_a_code_that_the_book_has_no_more_gets_a_label_of_its_own(tmp_path):
    long = Codebook("b", "B", "1", (Code("A", "t" * 300), Code("B", "B")))
    codings = [by_person("m1", "gone"), by_person("m1", "B", coder="bob")]
    told = about(book=long, coders=("ann", "bob", "Ann", "a nn", "a-nn"))
    path = tmp_path / "o.sav"
    await write_sav(stream(coded([message("x")], codings)), told, path, Wanted(Layout.WIDE))
    frame, meta = pyreadstat.read_sav(path)
    labels = meta.variable_value_labels["code_ann"]
    assert labels[1.0] == ("A: " + "t" * 300)[:114] + " [cut]"
    assert (labels[frame["code_ann"][0]], labels[frame["code_bob"][0]]) == ("gone", "B")
    assert list(frame.columns)[-5:] == [
        "code_ann",
        "code_bob",
        "code_Ann_2",
        "code_a_nn",
        "code_a_nn_2",
    ]
    assert meta.column_labels[-1] == "Code by a-nn (human)"


def test_a_name_of_which_nothing_can_stay_has_its_coders_place():
    wanted = ("code", "code_ann", "code_\u0410\u043d\u043d\u0430", "confidence_x", "code_\u5f20")
    assert spss_names(wanted) == ("code", "code_ann", "code_2", "confidence_x", "code_3")

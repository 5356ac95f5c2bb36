"""What holds of every form: whole or not at all, the same bytes, known again, nothing else."""

import pytest

from bot.domain.errors import InputError
from exports.counted import Counted
from exports.forms import FORMS, check_layout, form_of
from exports.tables.table import Layout, Wanted
from tests.unit.exports.coded import about, coded, message, stream
from tests.unit.exports.hard import ABOUT, TEXTS, hard_study

EVERY = [
    pytest.param(form, layout, id=f"{form.name}-{layout}")
    for form in FORMS.values()
    for layout in (Layout if form.tabular else (Layout.LONG,))
]
ONCE = [pytest.param(form, id=form.name) for form in FORMS.values()]


@pytest.mark.parametrize(("form", "layout"), EVERY)
async def test_the_same_data_gives_the_same_bytes_and_is_known_again(tmp_path, form, layout):
    path = tmp_path / f"out{form.suffixes[0]}"
    counted = await form.write(stream(*hard_study()), ABOUT, path, Wanted(layout))
    first = path.read_bytes()
    assert counted.messages == len(TEXTS) + 1
    assert form.is_ours(path)
    assert await form.write(stream(*hard_study()), ABOUT, path, Wanted(layout)) == counted
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "nothing is left beside it"


@pytest.mark.parametrize("form", ONCE)
async def test_a_reader_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, form):
    async def failing():
        yield coded([message("hi")])
        raise RuntimeError("the database went away")

    path = tmp_path / "out"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="went away"):
        await form.write(failing(), about(), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    with pytest.raises(InputError, match="there is no folder"):
        await form.write(stream(), about(), tmp_path / "nowhere" / "out")


@pytest.mark.parametrize("form", ONCE)
async def test_a_study_without_messages_is_a_file_that_opens(tmp_path, form):
    path = tmp_path / "out"
    assert await form.write(stream(), about(), path) == Counted()
    assert path.stat().st_size == 0 or form.is_ours(path)


@pytest.mark.parametrize("form", ONCE)
async def test_only_its_own_files_are_taken_for_earlier_exports(tmp_path, form):
    for other in FORMS.values():
        path = tmp_path / f"out{other.suffixes[0]}"
        await other.write(stream(*hard_study()), ABOUT, path)
        assert form.is_ours(path) == (form is other), other.name
    for content in (b"PK\x05\x06" + bytes(18), b"PK broken", b"PAR1", b"$FL2", b"text", b"\xff"):
        path = tmp_path / "other"
        path.write_bytes(content)
        assert not form.is_ours(path)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *((f"x{suffix}", form.name) for form in FORMS.values() for suffix in form.suffixes),
        ("X.CONVOKIT.ZIP", "convokit"),
        ("x.Sav", "sav"),
        ("x.zip", None),
        ("x", None),
    ],
)
def test_the_end_of_a_name_tells_the_form(tmp_path, name, form):
    found = form_of(tmp_path / name)
    assert (None if found is None else found.name) == form


def test_only_tables_come_wide():
    check_layout(FORMS["xlsx"], "wide")
    with pytest.raises(InputError, match="jsonl has no wide layout; leave it out, or take one of"):
        check_layout(FORMS["jsonl"], "wide")


def test_cells_that_were_cut_are_told():
    assert "cut" not in Counted(2, 1, 1).sentence()
    told = Counted(2, 1, 1).with_cut(1).sentence("pilot")
    assert told.startswith("2 messages of study 'pilot' with 1 coding; 1 without any. 1 cell was")
    assert "csv, jsonl and parquet hold them whole" in told

import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InputError
from exports.incoming.safe_zip import Limits, open_zip


def packed(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def refusal(read):
    """Return the sentence that `read` is refused with, or None."""
    try:
        read()
    except InputError as error:
        return str(error)
    return None


def unpacked(path, limits=None):
    with open_zip(path, limits) as archive:
        return [archive.read(name) for name in archive.names]


def refused(path, limits=None):
    told = refusal(lambda: unpacked(path, limits))
    assert told is not None
    assert told.startswith(f"{path}: ")
    return told


def test_an_archive_gives_what_was_packed(tmp_path):
    path = packed(
        tmp_path / "a.zip", [("project.qde", b"<a/>"), ("sources/", b""), ("sources/ö", b"x")]
    )
    with open_zip(path) as archive:
        assert archive.names == ("project.qde", "sources/ö")
        assert (archive.read("sources/ö"), "sources/" in archive) == (b"x", False)
        with pytest.raises(InputError, match=r"'b' is missing in it"):
            archive.read("b")


def test_a_bomb_of_one_entry(tmp_path):
    path = packed(tmp_path / "a.zip", [("project.qde", b"0" * 5_000_000)])
    assert "more than 200 times its size: a zip bomb; do not open it" in refused(path)


def test_more_than_an_entry_or_all_may_have(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", b"x" * 3_000_000), ("b", b"x" * 3_000_000)], 0)
    assert "'a' unpacks to 3 MB, more than the 2 MB" in refused(path, Limits(each=2_000_000))
    assert "unpacks to more than 5 MB" in refused(path, Limits(total=5_000_000))


def test_more_entries_than_there_may_be(tmp_path):
    path = packed(tmp_path / "a.zip", [(str(n), b"") for n in range(11)])
    assert "more than 10 entries" in refused(path, Limits(entries=10))
    # A list so long that it is not even read.
    long = packed(tmp_path / "b.zip", [(f"{n}" * 500, b"") for n in range(9)])
    assert "more than 3 entries" in refused(long, Limits(entries=3))


def test_an_archive_in_the_large_form_is_not_counted_through(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", b"x")])
    raw = path.read_bytes()
    end = raw.rfind(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
    path.write_bytes(raw[:end] + locator + raw[end:])
    assert "in the large form (zip64)" in refused(path)


def test_a_size_that_the_header_hides_is_not_unpacked(tmp_path):
    """The list says 10 bytes: no more than a piece is ever unpacked, and the sum is wrong."""
    path = packed(tmp_path / "a.zip", [("a", bytes(50_000_000))])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 10)))
    tracemalloc.start()
    try:
        assert "'a' in it is damaged" in refused(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "sources/../../x", "C:/x", "C:x"])
def test_names_that_lead_out(tmp_path, name):
    assert "leads out of the archive" in refused(packed(tmp_path / "a.zip", [(name, b"x")]))


def test_a_name_with_backslashes(tmp_path):
    path = packed(tmp_path / "a.zip", [("a/b", b"x")])
    path.write_bytes(path.read_bytes().replace(b"a/b", b"a\\b"))
    with open_zip(path) as archive:
        assert (archive.names, archive.read("a/b")) == (("a/b",), b"x")
    path.write_bytes(path.read_bytes().replace(b"a\\b", b"..\\"))
    assert "leads out of the archive" in refused(path)


def test_a_link(tmp_path):
    entry = zipfile.ZipInfo("a")
    entry.external_attr = 0o120777 << 16
    assert "leads out" in refused(packed(tmp_path / "a.zip", [(entry, b"/etc/passwd")]))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice(tmp_path):
    assert "'a' stands twice" in refused(packed(tmp_path / "a.zip", [("a", b"x"), ("a", b"y")]))
    assert "'A' stands twice" in refused(packed(tmp_path / "a.zip", [("a", b"x"), ("A", b"y")]))


def test_an_encrypted_entry(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", b"x")], 0)
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "is encrypted" in refused(path)


def test_another_way_of_packing(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", b"x")], zipfile.ZIP_BZIP2)
    assert "packed in a way that is not known" in refused(path)


@pytest.mark.parametrize("cut", [0, 10, -1, -30])
def test_a_broken_archive(tmp_path, cut):
    path = packed(tmp_path / "a.zip", [("a", b"x" * 100)])
    path.write_bytes(path.read_bytes()[:cut])
    assert "not a sound zip archive" in refused(path)


@given(st.data())
def test_an_archive_with_any_byte_changed_is_read_or_refused(tmp_path_factory, data):
    path = packed(tmp_path_factory.mktemp("z") / "a.zip", [("a", b"x" * 50), ("b/c", b"12")])
    raw = bytearray(path.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    told = refusal(lambda: unpacked(path))
    assert told is None or str(path) in told

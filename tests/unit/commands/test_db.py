"""db upgrade, backup, check."""

import sqlite3
from contextlib import closing

from tests.command_line import dump, intercoder, rows, write


def test_upgrade_makes_a_new_database_and_then_has_nothing_to_do(tmp_path):
    path = tmp_path / "a.db"
    assert "made new, now schema" in intercoder("db", "upgrade", "--database", path).out
    assert "nothing to do" in intercoder("db", "upgrade", "--database", path).out


def test_a_backup_holds_the_same_rows(tmp_path):
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    intercoder("import", write(tmp_path / "talk.csv", rows()), "--database", path)
    ended = intercoder("db", "backup", copy, "--database", path)
    assert (ended.code, "a copy of the database" in ended.out) == (0, True)
    assert dump(copy) == dump(path)


def test_check_finds_what_is_wrong(tmp_path):
    path = tmp_path / "a.db"
    intercoder("import", write(tmp_path / "talk.csv", rows()), "--database", path)
    assert intercoder("db", "check", "--database", path).out.endswith(": sound.\n")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE messages SET sequence = sequence + 100 WHERE sequence = 5")
    ended = intercoder("db", "check", "--database", path)
    assert ended.code == 1
    assert "sequences count 1..n in each discussion: not so for row" in ended.out


def test_check_of_nothing_is_an_error_and_makes_nothing(tmp_path):
    ended = intercoder("db", "check", "--database", tmp_path / "a.db")
    assert (ended.code, "no such database" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_url_with_a_password_is_not_repeated(tmp_path):
    ended = intercoder("db", "check", "--database", "mysql://me:my-secret@host/name")
    assert (ended.code, "begin it with sqlite+aiosqlite:///" in ended.err) == (2, True)
    assert "my-secret" not in ended.err

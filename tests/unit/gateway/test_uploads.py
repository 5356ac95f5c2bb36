import threading
from pathlib import Path
from unittest.mock import AsyncMock, Mock

import discord
import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from bot.gateway.staff import uploads
from bot.gateway.staff.uploads import codebook_of, scenarios_of
from exports.refi.codebook import write_qdc


def upload(name: str, data: bytes) -> discord.Attachment:
    file = Mock(spec=discord.Attachment)
    file.filename, file.size = name, len(data)
    file.read = AsyncMock(return_value=data)
    return file


async def test_a_codebook_as_csv() -> None:
    book = await codebook_of(upload("codes.csv", b"\xef\xbb\xbfcode,title\r\nA,Agree\r\nB,Bicker"))
    assert [(c.code, c.title) for c in book.codes] == [("A", "Agree"), ("B", "Bicker")]


async def test_a_codebook_of_taguette() -> None:
    book = await codebook_of(upload("codes.csv", b"tag,description\r\nclaim.for,speaks for it\r\n"))
    assert [(c.code, c.title, c.definition) for c in book.codes] == [
        ("claim.for", "claim.for", "speaks for it")
    ]


async def test_a_codebook_of_refi_qda(tmp_path: Path) -> None:
    book = Codebook("talk", "Talk", "3", (Code("A", "Agree", "says yes"), Code("=B", "Bicker")))
    write_qdc(book, tmp_path / "codes.qdc")
    assert await codebook_of(upload("a.qdc", (tmp_path / "codes.qdc").read_bytes())) == book


async def test_a_scenario_list_as_toml() -> None:
    text = '[[scenarios]]\ntitle = "One"\ntext = "Is it fair?"\n'
    (scenario,) = await scenarios_of(upload("list.TOML", text.encode()))
    assert (scenario.title, scenario.text) == ("One", "Is it fair?")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (upload("codes.xlsx", b"PK"), "codes.xlsx: this is not .toml or .csv or .qdc; upload one"),
        (upload("codes.csv", b"PK\x03\x04"), "codes.csv: this is an archive, not a codebook"),
        (upload("codes.qdc", b"<!DOCTYPE a><a/>"), "codes.qdc:1: it has a document type"),
        (upload("codes.csv", b"x" * 1_000_001), "1,000,001 bytes"),
        (upload("codes.csv", b"code,title\nA,\xff"), "UTF-8"),
    ],
)
async def test_what_cannot_be_used_says_so(file: discord.Attachment, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        await codebook_of(file)


@pytest.mark.parametrize(
    ("read", "parser"),
    [(codebook_of, "codebook_from_bytes"), (scenarios_of, "scenario_list_from_file")],
)
async def test_a_long_file_is_parsed_beside_the_event_loop(read, parser, monkeypatch) -> None:
    threads = []
    monkeypatch.setattr(uploads, parser, lambda *_: threads.append(threading.current_thread()))
    await read(upload("list.csv", b"code,title\n"))
    assert threads != [threading.current_thread()]
    assert len(threads) == 1


async def test_a_file_that_discord_does_not_hand_over() -> None:
    file = upload("list.csv", b"")
    file.read.side_effect = discord.NotFound(Mock(status=404, reason=""), "")  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="did not hand it over"):
        await scenarios_of(file)

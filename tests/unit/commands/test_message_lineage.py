"""Whom to tell when somebody withdraws: also of what is gone, and of a coder that was not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.message_lineage import message_lineage
from bot.domain.retraining import BUNDLE
from bot.encoding.spec import Architecture
from bot.inference.lineage import BundleRecord, write_records
from bot.storage.retrainings import Cause, End, State
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.tiny import codebook
from tests.tiny_bundle import build_tiny_bundle

THREAD, MESSAGE = "123456789012345678", "223456789012345678"


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """A database whose last retraining was not promoted; its coder has learned from a message."""
    folder, place = tmp_path / "retrainings" / "pilot-20260302", sqlite_url(tmp_path / "a.db")
    build_tiny_bundle(folder / BUNDLE, Architecture.THREAD, 0, "pilot-20260302")
    record = BundleRecord("train", "pilot", THREAD, MESSAGE, "corrected", "discord", "0" * 64)
    write_records(folder / BUNDLE, [record])
    async with await Store.open(place) as store:
        study = await store.studies.open("pilot", codebook())
        row = await store.retrainings.begin(study.id, Cause.NIGHTLY, folder)
        await store.retrainings.end(row.id, End(State.KEPT, "It is worse."))
    return place


@pytest.mark.parametrize(
    "named",
    [
        MESSAGE,
        f"https://discord.com/channels/5/{THREAD}/{MESSAGE}",
        f"{THREAD}-{MESSAGE}",
    ],
)
async def test_a_message_that_is_gone_is_found_by_its_link_in_a_coder_that_was_not_taken(
    url: str, named: str
) -> None:
    first, second, *_ = await message_lineage(url, None, named, [])
    assert first == f"Message {MESSAGE!r} is not stored in study 'pilot'."
    assert second.startswith("Bundle 'pilot-20260302'")
    assert "learned from it, its code corrected." in second


async def test_a_message_of_another_thread_is_another(url: str) -> None:
    link = f"https://discord.com/channels/5/{THREAD[:-1]}9/{MESSAGE}"
    lines = await message_lineage(url, None, link, [])
    assert "It is in no list of records (1 bundles were looked through)." in lines

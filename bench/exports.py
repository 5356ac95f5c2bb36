"""What an export of a large study costs: memory and time of every form.

`python -m bench.exports FOLDER [MESSAGES]` fills a database there with an invented study and
writes it in each form, each in a process of its own; one line of JSON a form.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from bench.large_study import fill, stored_study
from bench.live import peak_bytes
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from exports.about import About
from exports.asking import wanted
from exports.forms import FORMS

MESSAGES = 1_000_000


async def measure(url: str, form: str, layout: str, folder: Path) -> dict[str, Any]:
    """Write the study in one form; return seconds, the file's bytes and this process's peak."""
    chosen = FORMS[form]
    out = folder / f"bench-{layout}{chosen.suffixes[0]}"
    began = time.perf_counter()
    async with await Store.open(url) as store:
        study = await stored_study(store)
        about = await About.read(store, study)
        more = await wanted(chosen, layout, store, study, None)
        base = peak_bytes()
        async with aclosing(store.transcripts.stream(study.id)) as stream:
            counted = await chosen.write(stream, about, out, more)
    return {
        "form": form,
        "layout": layout,
        "messages": counted.messages,
        "codings": counted.codings,
        "seconds": round(time.perf_counter() - began, 1),
        "file_mb": round(out.stat().st_size / 1e6, 1),
        "peak_mb": round(peak_bytes() / 1e6, 1),
        "before_mb": round(base / 1e6, 1),
    }


def main(arguments: Sequence[str]) -> None:
    """Fill a database if there is none, and measure each form in a process of its own."""
    folder = Path(arguments[0])
    database = folder / "exports.db"
    if len(arguments) == 3:
        found = asyncio.run(measure(sqlite_url(database), arguments[1], arguments[2], folder))
        sys.stdout.write(json.dumps(found) + "\n")
        return
    if not database.exists():
        count = int(arguments[1]) if len(arguments) > 1 else MESSAGES
        asyncio.run(fill(sqlite_url(database), count))
    for form in FORMS.values():
        for layout in ("long", "wide") if form.tabular else ("long",):
            command = [sys.executable, "-m", "bench.exports", str(folder), form.name, layout]
            subprocess.run(command, check=True)  # noqa: S603 - our own module


if __name__ == "__main__":
    main(sys.argv[1:])

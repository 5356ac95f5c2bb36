"""Replay, export as CSV, read it back, replay that into a new study: the same talk and codes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain.coding import CoderKind
from bot.domain.discussion import Discussion, Message, Provenance, Scenario
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript
from bot.services.replay import Replay
from exports.csv_transcript import write_csv
from exports.jsonl import write_jsonl
from tests.unit.services.table import START, Table

FOX, CLOCK = Scenario("fox", "fox", "=Fair?"), Scenario("clock", "clock", "And this?")


def talk() -> Transcript:
    """One thread that comes back to its first scenario; of Discord, with formulas in it."""
    moment, discussions = START, []
    for scenario, round_ in ((FOX, 1), (CLOCK, 1), (FOX, 2)):
        said = []
        for n, text in enumerate(("=1+1", "'=x", 'héllo\n🦊, "you"'), start=1):
            moment += timedelta(seconds=9)
            said.append(
                Message(
                    id=f"{scenario.id}{round_}/{n}",
                    thread_id="g1",
                    scenario_id=scenario.id,
                    sequence=n,
                    speaker=f"P{n}",
                    sent_at=moment,
                    text=text,
                    round=round_,
                    provenance=Provenance.DISCORD,
                )
            )
        discussions.append(Discussion("g1", scenario, tuple(said), round_))
    codes = {m.id: {"ann": "A", "bob": "B"} for d in discussions for m in d.messages[:2]}
    return Transcript("talk", tuple(discussions), codes)


async def replayed(folder: Path, said: Transcript, *, coded: bool) -> tuple[Table, list[object]]:
    table = await Table.open(folder)
    live = table.live if coded else None
    if coded:
        await table.live.start()
    await Replay(table.ingest, live, said, "monday", human_codes=True).run()
    people = [
        (d.discussion.scenario.text, d.discussion.round, replace(m, id=""), by_people(d, m))
        async for d in table.store.transcripts.stream(table.study.id)
        for m in d.discussion.messages
    ]
    return table, people


def by_people(coded, message) -> dict[str, str]:
    given = coded.codings.get(message.id, ())
    return {c.coder: c.code for c in given if c.kind is CoderKind.HUMAN}


async def test_an_export_comes_back_as_it_was_and_without_the_models_codes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, talked = await replayed(tmp_path / "a", talk(), coded=True)
    try:
        stream = first.store.transcripts.stream
        counted = await write_csv(stream(first.study.id), "talk", tmp_path / "out.csv")
        assert (counted.messages, counted.codings) == (9, 9 + 2 * 6)
        assert await write_jsonl(stream(first.study.id), "talk", tmp_path / "out") == counted
    finally:
        await first.close()

    back = load_transcript(tmp_path / "out.csv")
    second, again = await replayed(tmp_path / "b", back, coded=False)
    await second.close()
    assert again == talked
    assert [m.provenance for m in back.messages] == [Provenance.DISCORD] * 9
    assert back.notes == ("9 codings by models were left out: only people's codes are taken",)

"""Replay, export as CSV, read it back, replay that into a new study: the same talk and codes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain.coding import CoderKind
from bot.domain.discussion import Discussion, Message, Provenance, Scenario
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript
from bot.services.replay import Replay
from bot.storage.check import check
from exports.about import About
from exports.records.jsonl import write_jsonl
from exports.tables.csv_transcript import write_csv
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
        told = await about_talk(first)
        counted = await write_csv(stream(first.study.id), told, tmp_path / "out.csv")
        assert (counted.messages, counted.codings) == (9, 9 + 2 * 6)
        assert await write_jsonl(stream(first.study.id), told, tmp_path / "out") == counted
    finally:
        await first.close()

    back = load_transcript(tmp_path / "out.csv")
    second, again = await replayed(tmp_path / "b", back, coded=False)
    await second.close()
    assert again == talked
    assert [m.provenance for m in back.messages] == [Provenance.DISCORD] * 9
    assert back.notes == ("9 codings by models were left out: only people's codes are taken",)


async def about_talk(table: Table) -> About:
    return replace(await About.read(table.store, table.study), study="talk")


async def exported(table: Table, path: Path) -> Transcript:
    stream = table.store.transcripts.stream(table.study.id)
    await write_csv(stream, await about_talk(table), path)
    return load_transcript(path)


async def stored(table: Table) -> list[object]:
    """Return all that an export tells but who coded when."""
    return [
        (m, sorted(by_people(d, m).items()), m.id in d.deleted, d.discussion.scenario.text)
        async for d in table.store.transcripts.stream(table.study.id)
        for m in d.discussion.messages
    ]


def gaps(said: Transcript) -> Transcript:
    """Return the talk as a file has it in which messages were left out upstream."""
    wide = tuple(
        replace(
            d,
            messages=tuple(
                replace(m, sequence=s) for m, s in zip(d.messages, (1, 2, 5), strict=True)
            ),
        )
        for d in said.discussions
    )
    return replace(said, discussions=wide)


async def test_an_export_goes_back_into_its_study_and_into_another(tmp_path: Path) -> None:
    """With gaps, another wording of a scenario in its second round, and deleted messages."""
    said = gaps(talk())
    changed = replace(said.discussions[2], scenario=Scenario("fox", "fox", "Fair after all?"))
    said = replace(
        said,
        discussions=(*said.discussions[:2], changed),
        codes={m.id: {"ann": "A", "bob": "B"} for m in said.messages},
        deleted=frozenset({"fox1/2", "fox2/3"}),
    )
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    own = await Table.open(tmp_path / "a")
    await Replay(own.ingest, None, said, "monday", human_codes=True).run()
    before = await stored(own)
    back = await exported(own, tmp_path / "out.csv")
    done = await Replay(own.ingest, None, back, "monday", human_codes=True).run()
    assert (done.stored, done.known, done.differing) == (0, 9, ())
    assert done.human is not None
    assert (done.human.added, done.human.known, done.human.unstored) == (0, 18, 0)
    assert await stored(own) == before
    await own.close()

    other = await Table.open(tmp_path / "b")
    assert (await Replay(other.ingest, None, back, "monday", human_codes=True).run()).stored == 9
    assert await stored(other) == before
    again = await exported(other, tmp_path / "again.csv")
    assert (again.discussions, again.codes, again.deleted) == (
        back.discussions,
        back.codes,
        back.deleted,
    )
    await other.close()
    for table in (own, other):
        assert await check(table.url) == []

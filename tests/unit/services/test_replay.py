"""Replay: through the live path, idempotent, finished by whoever runs it next."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from table import BOOK, LABELS, Table, expected, transcript

from bot.domain.codebook import codebook_from_codes
from bot.domain.coding import CoderKind
from bot.domain.discussion import Discussion, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.inference.engine import EngineError
from bot.services.replay import Progress, Replay, Replayed
from bot.services.study import import_codes, open_study
from bot.storage.check import check


async def replay(table: Table, said: Transcript, **more) -> Replayed:
    await table.live.close()
    await table.live.start()
    return await Replay(table.ingest, table.live, said, more.pop("session", "monday"), **more).run()


async def rows(table: Table) -> list[tuple[object, ...]]:
    """Return all that is stored but times, as exports see it."""
    return [
        (
            coded.session,
            coded.thread,
            coded.discussion,
            sorted(
                (c.message_id, c.coder, c.code, c.confidence)
                for v in coded.codings.values()
                for c in v
            ),
        )
        async for coded in table.store.transcripts.stream(table.study.id)
    ]


async def test_a_replay_stores_and_codes_the_transcript_as_it_is(table: Table) -> None:
    said, steps = transcript(), []
    done = await replay(table, said, progress=steps.append)
    assert (done.total, done.stored, done.known, done.coded) == (48, 48, 0, 48)
    stored = await table.log()
    assert {(d.thread_id, d.scenario.id): [m.text for m in d.messages] for d in stored} == {
        (d.thread_id, d.scenario.id): [m.text for m in d.messages] for d in said.discussions
    }
    assert {m.provenance for d in stored for m in d.messages} == {Provenance.REPLAY}
    assert [m.speaker for m in stored[0].messages] == [
        m.speaker for m in said.discussions[0].messages
    ]
    assert {m: [c] for m, c in expected(stored).items()} == await table.codes()
    assert steps[-1] == Progress(48, 48, 48)
    session = await table.store.sessions.find(table.study.id, "monday")
    assert session is not None
    assert session.ended_at is not None


async def test_replaying_again_changes_nothing(table: Table) -> None:
    said = transcript()
    await replay(table, said, human_codes=True)
    before = await rows(table)
    again = await replay(table, said, human_codes=True)
    assert (again.stored, again.known, again.differing, again.coded) == (0, 48, 0, 0)
    assert again.human is not None
    assert (again.human.added, again.human.known) == (0, 90)
    assert await rows(table) == before


@pytest.mark.parametrize("killed_at", [1, 17, 40, 48, 60, 90])
async def test_a_replay_killed_anywhere_is_finished_by_the_next(
    tmp_path: Path, killed_at: int
) -> None:
    said = transcript()
    for folder in ("whole", "cut"):
        (tmp_path / folder).mkdir()
    whole = await Table.open(tmp_path / "whole")
    cut = await Table.open(tmp_path / "cut")
    await replay(whole, said)

    class Killed(BaseException):
        pass

    seen = 0
    killed = asyncio.Event()

    def kill(_progress: Progress) -> None:
        nonlocal seen
        seen += 1
        if seen >= killed_at:
            killed.set()
            cut.scorer.gate.clear()

    await cut.live.start()
    task = asyncio.create_task(Replay(cut.ingest, cut.live, said, "monday", progress=kill).run())
    waiting = asyncio.create_task(killed.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.wait([task])
    await cut.close()
    cut = await Table.open(tmp_path / "cut")
    done = await replay(cut, said)
    assert done.stored + done.known == 48
    assert await rows(cut) == await rows(whole)
    for table in (cut, whole):
        await table.close()
        assert await check(table.url) == []


async def test_commits_are_shared(table: Table) -> None:
    before = table.store.connections.writer.commits
    await replay(table, transcript(threads=10, messages=20))
    assert table.store.connections.writer.commits - before < 100  # for 400 messages and codings


async def test_an_engine_error_ends_the_replay_and_the_next_run_finishes_it(table: Table) -> None:
    table.scorer.broken = EngineError("out of memory")
    with pytest.raises(EngineError, match="out of memory"):
        await replay(table, transcript())
    table.scorer.broken = None
    done = await replay(table, transcript())
    assert (done.known, done.coded) == (48, 48)


async def test_threads_of_another_session_are_refused_before_anything_is_written(
    table: Table,
) -> None:
    await replay(table, transcript())
    before = await rows(table)
    with pytest.raises(InputError, match="another session"):
        await replay(table, transcript(), session="tuesday")
    changed = [replace(d, scenario=Scenario("s0", "s0", "new")) for d in transcript().discussions]
    with pytest.raises(InputError, match="other discussions"):
        await replay(table, Transcript("set", tuple(changed), {}))
    assert await rows(table) == before
    assert len(await table.store.sessions.all(table.study.id)) == 1


async def test_a_changed_text_is_counted_and_the_stored_one_stays(table: Table) -> None:
    said = transcript(threads=1, scenarios=1)
    await replay(table, said)
    first = said.discussions[0]
    edited = (replace(first.messages[0], text="changed"), *first.messages[1:])
    changed = Transcript("set", (Discussion("t0", first.scenario, edited),), {})
    assert (await replay(table, changed)).differing == 1
    assert (await table.log())[0].messages[0].text == first.messages[0].text


async def test_a_scenario_too_long_is_refused_before_anything_is_written(table: Table) -> None:
    said = transcript(threads=1, scenarios=1)
    long = replace(said.discussions[0], scenario=Scenario("s0", "s0", "word " * 99))
    with pytest.raises(InputError, match="tokens"):
        await replay(table, Transcript("set", (long,), {}))
    assert await table.store.sessions.all(table.study.id) == ()


async def test_a_replay_without_a_model_only_stores(table: Table) -> None:
    done = await Replay(table.ingest, None, transcript(), "monday", human_codes=True).run()
    assert (done.stored, done.coded) == (48, 0)
    assert done.human is not None
    assert (done.human.added, done.human.empty) == (90, 6)


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
async def test_a_speed_must_be_above_nothing(table: Table, speed: float) -> None:
    with pytest.raises(InputError, match="speed"):
        Replay(table.ingest, None, transcript(), "monday", speed=speed)


async def test_human_codes_are_imported_once_and_changes_are_appended(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=4)
    session = (await Replay(table.ingest, None, said, "monday").run()).session
    first = await import_codes(table.store, table.study, session, said)
    assert (first.added, first.known, first.empty, first.unstored) == (7, 0, 1, 0)
    changed = dict(said.codes) | {"set/t0/s0/1": {"ann": "C"}, "elsewhere": {"ann": "A"}}
    second = await import_codes(
        table.store, table.study, session, Transcript("set", said.discussions, changed)
    )
    assert (second.added, second.known) == (1, 6)
    third = await import_codes(table.store, table.study, session, said)
    assert (third.added, third.known) == (1, 6)
    [coded] = [d async for d in table.store.transcripts.stream(table.study.id)]
    given = [c for c in coded.codings["set/t0/s0/1"] if c.coder == "ann"]
    assert [(c.code, c.kind) for c in given] == [
        ("B", CoderKind.HUMAN),
        ("C", CoderKind.HUMAN),
        ("B", CoderKind.HUMAN),
    ]


async def test_codes_that_the_codebook_lacks_are_refused_whole(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=4)
    session = (await Replay(table.ingest, None, said, "monday").run()).session
    codes = dict(said.codes) | {"set/t0/s0/4": {"ann": "Z"}}
    wrong = Transcript("set", said.discussions, codes, {"set/t0/s0/4": 5})
    with pytest.raises(InputError, match="line 5: code 'Z'"):
        await import_codes(table.store, table.study, session, wrong)
    assert (await table.store.studies.coders(table.study.id)) == (table.coder,)


async def test_a_bundle_with_foreign_codes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gives codes C, D"):
        await Table.open(tmp_path, codebook_from_codes(LABELS[:2], "small"))


async def test_a_bundle_may_have_an_older_codebook_with_the_same_codes(tmp_path: Path) -> None:
    table = await Table.open(tmp_path, codebook_from_codes([*LABELS, "E"], "book"))
    assert table.coder.codebook_id != table.study.codebook_id
    assert (await open_study(table.store, "study", BOOK)).codebook == BOOK
    await table.close()

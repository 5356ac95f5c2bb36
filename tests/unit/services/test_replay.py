"""Replay: through the live path, idempotent, finished by whoever runs it next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from table import BOOK, LABELS, WINDOW, Table, expected, transcript

from bot.domain.codebook import codebook_from_codes
from bot.domain.coding import CoderKind
from bot.domain.discussion import Discussion, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.inference.engine import EngineError
from bot.services import replay as replaying
from bot.services.people.review import Review
from bot.services.replay import Progress, Replay, Replayed
from bot.services.study import import_codes, open_study
from bot.storage.check import check
from bot.storage.codings import Codings
from bot.storage.rows import Account, NewCoding
from bot.storage.store import Store


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


async def test_a_coder_slower_than_the_disk_is_waited_for(table: Table, monkeypatch) -> None:
    monkeypatch.setattr(replaying, "_ON_THE_WAY", 50)
    monkeypatch.setattr(replaying, "_BACKLOG", 100)
    steps, stirred = list[Progress](), asyncio.Event()

    def note(step: Progress) -> None:
        steps.append(step)
        stirred.set()
        if step.coded == 1:
            table.scorer.gate.clear()

    running = asyncio.create_task(replay(table, transcript(messages=100), progress=note))
    with suppress(TimeoutError):  # until nothing more is stored
        while await asyncio.wait_for(stirred.wait(), 1):
            stirred.clear()
    assert 100 <= steps[-1].stored <= 1 + 100 + 50
    table.scorer.gate.set()
    assert (await running).coded == 600


async def test_replaying_again_changes_nothing(table: Table) -> None:
    said = transcript()
    await replay(table, said, human_codes=True)
    before = await rows(table)
    again = await replay(table, said, human_codes=True)
    assert (again.stored, again.known, again.differing, again.coded) == (0, 48, (), 0)
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
    with pytest.raises(InputError, match="another text"):
        await replay(table, Transcript("set", tuple(changed), {}))
    assert await rows(table) == before
    assert len(await table.store.sessions.all(table.study.id)) == 1


def part(said: Transcript, *sequences: int, discussions: slice = slice(None)) -> Transcript:
    """Return the transcript with some messages of each discussion alone."""
    kept = tuple(
        replace(d, messages=tuple(m for m in d.messages if m.sequence in sequences))
        for d in said.discussions[discussions]
    )
    return Transcript(said.dataset, kept, said.codes)


async def texts(table: Table) -> list[tuple[str, str, list[str]]]:
    return [
        (d.thread_id, d.scenario.id, [m.id.rpartition("/")[2] for m in d.messages])
        for d in await table.log()
    ]


async def test_a_message_that_was_missing_lands_in_its_place(table: Table) -> None:
    said = transcript(threads=2, scenarios=2, messages=6)
    await replay(table, part(said, 1, 2, 4))
    done = await replay(table, said)
    assert (done.known, done.stored) == (12, 12)
    assert [ids for _, _, ids in await texts(table)] == [list("123456")] * 4
    latest = {message: codes[-1] for message, codes in (await table.codes()).items()}
    assert latest == expected(await table.log())


async def test_a_thread_goes_on_in_a_second_file(table: Table) -> None:
    said = transcript(threads=2, scenarios=2, messages=3)
    days = [[d for d in said.discussions if d.scenario.id == s] for s in ("s0", "s1")]
    first, second = (Transcript("set", tuple(day), said.codes) for day in days)
    await replay(table, first, human_codes=True)
    assert (await replay(table, second, human_codes=True)).stored == 6
    again = await replay(table, said, human_codes=True)
    assert (again.stored, again.known, again.coded) == (0, 12, 0)
    assert await texts(table) == [
        (thread, scenario, list("123")) for thread in ("t0", "t1") for scenario in ("s0", "s1")
    ]


async def test_the_next_day_may_be_another_session(table: Table) -> None:
    said = transcript(threads=1, scenarios=2, messages=3)
    first, second = (Transcript("set", (d,), said.codes) for d in said.discussions)
    await replay(table, first)
    assert (await replay(table, second, session="tuesday")).stored == 3
    assert (await replay(table, second, session="tuesday")).known == 3
    with pytest.raises(InputError, match="another session"):
        await replay(table, said, session="tuesday")


async def test_a_second_round_without_the_first_is_the_second(table: Table) -> None:
    [first] = transcript(threads=1, scenarios=1, messages=2).discussions
    second = replace(first, round=2, messages=tuple(replace(m, round=2) for m in first.messages))
    for _ in range(2):
        await replay(table, Transcript("set", (second,), {}))
    assert [(d.round, len(d.messages)) for d in await table.log()] == [(2, 2)]


async def test_what_would_land_in_another_place_is_refused(table: Table) -> None:
    said = transcript(threads=1, scenarios=2, messages=4)
    await replay(table, part(said, 1, 2, 3, discussions=slice(1, 2)))
    before = await rows(table)
    with pytest.raises(InputError, match="which the file has before it"):
        await replay(table, part(said, 1, 2, 3))
    [other] = part(said, 1, 2, 3, 4, discussions=slice(1, 2)).discussions
    shifted = tuple(replace(m, sequence=m.sequence + (m.sequence > 2)) for m in other.messages)
    with pytest.raises(InputError, match="cannot be told"):
        await replay(table, Transcript("set", (replace(other, messages=shifted),), {}))
    moved = replace(other, scenario=Scenario("s9", "s9", "x"))
    moved = replace(moved, messages=tuple(replace(m, scenario_id="s9") for m in other.messages[:2]))
    with pytest.raises(InputError, match="stands in another discussion"):
        await replay(table, Transcript("set", (moved,), {}))
    assert await rows(table) == before


async def test_other_talk_of_the_same_thread_and_scenario_is_refused(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=4)
    await replay(table, part(said, 1, 2, 3))
    [talk] = said.discussions
    other = tuple(replace(m, id=f"other/{m.sequence}") for m in talk.messages)
    for given in (other, (*talk.messages[:2], *other[2:])):
        with pytest.raises(InputError, match="cannot be told: they are others"):
            await replay(table, Transcript("other", (replace(talk, messages=given),), {}))
    assert [ids for _, _, ids in await texts(table)] == [list("123")]


async def test_known_messages_numbered_otherwise_are_still_known(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=5)
    await replay(table, part(said, 1, 2, 4, 5))
    exported = Transcript("set", tuple(await table.log()), {})
    assert [m.sequence for m in exported.messages] == [1, 2, 3, 4]
    assert (await replay(table, exported)).known == 4


async def test_deletions_come_with_the_messages_or_later(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=3)
    await replay(table, part(said, 1, 2))
    deleted = replace(said, deleted=frozenset({"set/t0/s0/1", "set/t0/s0/3"}))
    for _ in range(2):
        await replay(table, deleted)
    [coded] = [d async for d in table.store.transcripts.stream(table.study.id)]
    assert coded.deleted == deleted.deleted
    assert [m.text for m in coded.discussion.messages] == [m.text for m in said.messages]
    assert set(await table.codes()) == {"set/t0/s0/1", "set/t0/s0/2"}


async def test_words_that_the_file_has_no_more_are_removed_with_the_deletion(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=3)
    await replay(table, said)
    [talk] = said.discussions
    gone, kept, other = talk.messages
    again = replace(talk, messages=(replace(gone, text=""), kept, replace(other, text="changed")))
    deleted = frozenset({gone.id, kept.id, other.id})
    done = await replay(table, Transcript("set", (again,), {}, deleted=deleted))
    assert done.differing == (other.id,), "what was removed is not said to be kept"
    [coded] = [d async for d in table.store.transcripts.stream(table.study.id)]
    assert [m.text for m in coded.discussion.messages] == ["", kept.text, other.text]
    assert coded.deleted == deleted


async def test_what_is_stored_already_is_not_waited_for(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=8)  # 49 recorded seconds
    await replay(table, part(said, 1, 2, 3, 4, 5, 6, 7))
    done = await asyncio.wait_for(replay(table, said, speed=1), 20)
    assert (done.known, done.stored) == (7, 1)


async def test_two_imports_at_once_store_every_code_once(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = transcript(threads=2, scenarios=1, messages=6)
    await Replay(table.ingest, None, said, "monday").run()
    session = await table.store.sessions.find(table.study.id, "monday")
    assert session is not None
    both_compared = asyncio.Barrier(2)
    append = Codings.append

    async def together(codings: Codings, decided: Sequence[NewCoding]) -> int:
        await both_compared.wait()
        return await append(codings, decided)

    monkeypatch.setattr(Codings, "append", together)
    async with await Store.open(table.url) as other:
        both = await asyncio.gather(
            *(import_codes(s, table.study, session, said) for s in (table.store, other))
        )
    assert sum(each.added for each in both) == 22
    assert [each.added + each.known for each in both] == [22, 22]


async def test_a_changed_text_is_counted_and_the_stored_one_stays(table: Table) -> None:
    said = transcript(threads=1, scenarios=1)
    await replay(table, said)
    first = said.discussions[0]
    edited = (replace(first.messages[0], text="changed"), *first.messages[1:])
    changed = Transcript("set", (Discussion("t0", first.scenario, edited),), {})
    assert (await replay(table, changed)).differing == ("set/t0/s0/1",)
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


async def test_an_older_export_does_not_bring_back_what_was_taken_back(table: Table) -> None:
    said = transcript(threads=1, scenarios=1, messages=2)
    session = (await Replay(table.ingest, None, said, "monday").run()).session
    desk = Review(table.store, table.study, WINDOW)
    who = await desk.coder(Account("discord", "70"))
    one, two = [await desk.find(m.id) for m in said.messages]
    await desk.decide(one, who, "A")
    await desk.decide(two, who, "B")
    older = Transcript(
        "set", said.discussions, {m.message.id: {who.name: c} for m, c in ((one, "A"), (two, "B"))}
    )
    again = await import_codes(table.store, table.study, session, older)
    assert (again.added, again.known, again.withdrawn) == (0, 2, 0)  # decisions are no news
    await desk.undo(one, who)
    again = await import_codes(table.store, table.study, session, older)
    assert (again.added, again.known, again.withdrawn) == (0, 1, 1)
    assert (await desk.look(one)).verified is None
    await desk.undo(two, who)
    assert (await desk.look(two)).verified is None


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

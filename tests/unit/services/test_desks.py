"""Desks: one a server, one model for all; set up at any time without losing a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from model_on_disk import bundle_in, pool_of
from table import BOOK, LABELS, START

from bot.domain.codebook import Codebook, codebook_from_codes
from bot.domain.discussion import Provenance, Scenario, Thread
from bot.domain.errors import InputError
from bot.inference.batcher import Batcher
from bot.services.conduct import Joining
from bot.services.desk import Desk, Setup
from bot.services.desks import Desks
from bot.services.ingest import Account, Arrival
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

WIDER = codebook_from_codes([*LABELS, "E"], "wider")
FOREIGN = codebook_from_codes(["X", "Y"], "foreign")
CASE = Scenario("case", "The case", "Is it fair?")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return bundle_in(tmp_path / "bundle").path


@asynccontextmanager
async def opened(folder: Path, model: Path | None) -> AsyncIterator[Desks]:
    """Open the desks of the database in `folder`, as a start of the bot does."""
    async with await Store.open(sqlite_url(folder / "study.db")) as store:
        pool = None if model is None else pool_of(model)
        desks = Desks(store, pool, Provenance.DISCORD)
        try:
            await desks.open()
            yield desks
        finally:
            await desks.close()
            assert pool is None or pool.models == ()


def setup(codebook: Codebook | None = BOOK, **more: object) -> Setup:
    return Setup("Lab", codebook, **more)  # type: ignore[arg-type]


def arrival(key: int, thread: str = "t1") -> Arrival:
    who = Account("discord", "9")
    return Arrival(thread, f"m{key}", key, who, f"point {key}", START)


async def begin(desk: Desk, name: str = "monday", thread: str = "t1", key: int = 0) -> int:
    joining = Joining(Thread(thread, thread), key)
    return (await desk.conduct.begin(name, [joining], [])).id


async def pending(desk: Desk) -> int:
    """Return how many messages of the study are not coded by its model."""
    assert desk.coder is not None
    store = desk.ingest.store
    sessions = await store.sessions.all(desk.study.id)
    return sum([(await store.codings.counts(desk.coder.id, s.id)).pending for s in sessions])


async def codings(desk: Desk) -> dict[str, int]:
    stream = desk.ingest.store.transcripts.stream(desk.study.id)
    return {m: len(given) async for d in stream for m, given in d.codings.items()}


async def test_a_desk_codes_what_arrives(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        assert desks.of("5") is None
        more = {"staff_channel": "7", "researcher_role": "8", "scenarios": (CASE,)}
        desk = await desks.set_up("5", setup(**more))
        assert (desks.of("5"), desks.all()) == (desk, (desk,))
        assert (desk.study.name, desk.problem, desk.keep_deleted) == ("Lab", None, False)
        assert [c.code for c in desk.codes] == list(LABELS)
        assert [s for s, _ in await desk.conduct.scenarios(None)] == [CASE]
        session = await begin(desk)
        await desk.ingest.receive(arrival(1))
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 1}
        (running,) = await desk.conduct.running()
        assert (running.id, (await desk.numbers.of(running)).coded) == (session, 1)
        looked = await desk.review.look(await desk.review.find("m1"))
        assert looked.codings[0].coder == desk.coder.name if desk.coder else ""


async def test_what_is_left_out_of_a_setup_stays(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        more = {"scenarios": (CASE,), "deleted_text": "keep"}
        desk = await desks.set_up("5", setup(staff_channel="7", researcher_role="8", **more))
        await begin(desk)
        live, door, conduct, numbers = desk.live, desk.ingest, desk.conduct, desk.numbers
        await desk.ingest.receive(arrival(1))
        changed = await desks.set_up("5", Setup("another name", staff_channel="70"))
        assert changed is desk
        same = (desk.live, desk.ingest, desk.conduct, desk.numbers)
        assert same == (live, door, conduct, numbers)
        server = desk.server
        assert (server.staff_channel, server.researcher_role, server.coder_role) == (
            "70",
            "8",
            None,
        )
        assert (desk.study.name, desk.keep_deleted) == ("Lab", True)
        assert [s for s, _ in await desk.conduct.scenarios(None)] == [CASE]
        await desk.ingest.receive(arrival(2))
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 1, "m2": 1}
    async with opened(tmp_path, model) as desks:
        again = desks.of("5")
        assert again is not None
        assert (again.server, again.keep_deleted) == (server, True)


async def test_a_codebook_changes_only_between_sessions(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup(staff_channel="7"))
        session = await begin(desk)
        refused = setup(WIDER, staff_channel="70", deleted_text="keep", scenarios=(CASE,))
        with pytest.raises(InputError, match="while session 'monday' is running; end the session"):
            await desks.set_up("5", refused)
        assert (desk.server.staff_channel, desk.keep_deleted) == ("7", False)
        assert await desk.conduct.scenarios(None) == ()
        await desks.set_up("5", setup(BOOK))  # the same again is no change
        await desk.ingest.receive(arrival(1))
        await desk.ingest.store.sessions.end(session, 50)
        live = desk.live
        await desks.set_up("5", setup(WIDER))
        assert desk.live is live  # its codes are in the new one, too
        assert [c.code for c in desk.codes] == [*LABELS, "E"]
        ann = await desk.review.coder(Account("discord", "70"))
        assert (await desk.review.decide(await desk.review.find("m1"), ann, "E")).code == "E"
        bob = await desk.review.coder(Account("discord", "71"))
        queued = await desk.queue.code((await desk.review.find("m1")).id, bob, "E")
        assert (queued.code, queued.before) == ("E", "E")
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 3}


async def test_all_who_decide_at_a_desk_share_one_lock(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup())
        locks = [desk.review._deciding, desk.queue._deciding, desk.adjudication._deciding]
        await desks.set_up("5", setup(WIDER))
        locks += [desk.review._deciding, desk.queue._deciding, desk.adjudication._deciding]
        assert len(set(map(id, locks))) == 1


async def test_the_audit_share_is_a_setting_of_the_study(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup(audit_share=0.25))
        assert await desk.assigning.audit_share() == 0.25
        with pytest.raises(InputError, match="200 % is no share of the messages"):
            await desks.set_up("5", setup(staff_channel="70", audit_share=2))
        assert await desk.assigning.audit_share() == 0.25
        assert desk.server.staff_channel is None


async def test_a_model_with_other_codes_stores_and_is_told_of(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup(FOREIGN))
        assert (desk.live, desk.coder) == (None, None)
        assert desk.problem is not None
        assert "gives codes A, B, C, D, which the study's codebook 'foreign'" in desk.problem
        assert desk.problem.count(". ") == 0
        session = await begin(desk)
        await desk.ingest.receive(arrival(1))
        assert await desks.drain(60)  # nothing is on the way
        assert (await desk.ingest.store.messages.find(desk.study.id, "t1", "m1")) is not None
        await desk.ingest.store.sessions.end(session, 50)
        # A codebook that has them: what was stored meanwhile is coded, and what comes.
        await desks.set_up("5", setup(WIDER))
        assert (desk.problem, desk.live is None) == (None, False)
        await begin(desk, "tuesday", key=100)
        await desk.ingest.receive(arrival(101))
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 1, "m101": 1}
        (running,) = await desk.conduct.running()
        assert (await desk.numbers.of(running)).median_ms is not None
        await desk.ingest.store.sessions.end(running.id, 200)
        # And back: nothing goes on coding with codes that the study has not.
        await desks.set_up("5", setup(FOREIGN))
        await desk.look()
        assert (desk.live, desk.coder) == (None, None)
        await begin(desk, "wednesday", key=300)
        await desk.ingest.receive(arrival(301))
        assert await codings(desk) == {"m1": 1, "m101": 1}


async def test_without_a_model_messages_are_stored(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, None) as desks:
        desk = await desks.set_up("5", setup())
        assert desk.problem is not None
        assert "INTERCODER_MODEL__BUNDLE" in desk.problem
        await begin(desk)
        await desk.ingest.receive(arrival(1))
        assert await desks.drain(0)
    async with opened(tmp_path, model) as desks:
        (desk,) = desks.all()
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 1}


async def test_a_start_goes_on_with_what_the_last_one_left(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup())
        store = desk.ingest.store
        ended = await begin(desk)
        await desk.ingest.receive(arrival(1))
        assert await desks.drain(60)
        assert desk.live is not None
        await desk.live.close()  # as if it had died here
        await desk.ingest.receive(arrival(2))
        await store.sessions.end(ended, 50)
        await begin(desk, "tuesday", key=100)
        await desk.ingest.receive(arrival(101))
        imported = await store.sessions.begin(desk.study.id, "by people")
        await desk.ingest.start_discussion(imported, Thread("t9", "t9"), CASE, 0)
        await desk.ingest.receive(arrival(5, "t9"))
        await store.sessions.end(imported.id, 50)
        assert await pending(desk) == 3
    async with opened(tmp_path, model) as desks:
        (desk,) = desks.all()
        await desk.ingest.receive(arrival(102))
        assert await desks.drain(60)
        assert await codings(desk) == {"m1": 1, "m2": 1, "m101": 1, "m102": 1}
        assert await pending(desk) == 1  # the file, which nobody asked to code


async def test_two_servers_share_the_model_and_nothing_else(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        both = [await desks.set_up(server, setup()) for server in ("5", "6")]
        assert [d.study.name for d in both] == ["Lab", "Lab (2)"]
        for desk in both:
            await begin(desk)
            waiting = [desk.ingest.receive(arrival(n)) for n in range(1, 21)]
            await asyncio.gather(*waiting)
        assert await desks.drain(60)
        for desk in both:
            assert await codings(desk) == {f"m{n}": 1 for n in range(1, 21)}
        people = [await d.review.coder(Account("discord", "70")) for d in both]
        assert [p.name for p in people] == ["C1", "C1"]
        assert people[0].id != people[1].id
    async with opened(tmp_path, model) as desks:
        store = desks.all()[0].ingest.store
        elsewhere = Desks(store, desks._pool, Provenance.SELF_HOSTED)
        await elsewhere.open()
        assert (len(desks.all()), elsewhere.all()) == (2, ())
        await elsewhere.close()


async def test_a_study_that_holds_something_is_not_taken_over(tmp_path: Path, model: Path) -> None:
    async with opened(tmp_path, model) as desks:
        store = desks._store
        imported = await store.studies.open("Lab", FOREIGN)
        await store.sessions.begin(imported.id, "of a file")
        left = await store.studies.open("Lab (2)", FOREIGN)  # a setup that was cut off
        desk = await desks.set_up("5", setup())
        assert (desk.study.name, desk.study.id) == ("Lab (2)", left.id)
        kept = await store.studies.find("Lab")
        assert kept is not None
        assert kept.codebook == FOREIGN


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (setup(None), "this server has no codebook yet; give a .toml"),
        (setup(deleted_text="burn"), "as 'burn'; say keep or remove"),
        (
            setup(scenarios=(Scenario("s", "The fox", "word " * 500),)),
            r"scenario 'The fox' takes \d+ tokens",
        ),
    ],
)
async def test_a_setup_that_is_refused_leaves_nothing(
    tmp_path: Path, model: Path, wrong: Setup, sentence: str
) -> None:
    async with opened(tmp_path, model) as desks:
        with pytest.raises(InputError, match=sentence):
            await desks.set_up("5", wrong)
        assert desks.all() == ()
        store = desks._store
        assert (await store.studies.names(), await store.servers.all()) == ((), ())


async def test_drain_gives_up_in_time_and_close_leaves_the_rest_pending(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go = asyncio.Event(), asyncio.Event()

    async def stuck(self: object, given: object) -> object:
        entered.set()
        await go.wait()
        raise RuntimeError("never answered")

    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup())
        monkeypatch.setattr(Batcher, "score", stuck)
        await begin(desk)
        await desk.ingest.receive(arrival(1))
        await entered.wait()
        async with asyncio.timeout(15):
            assert not await desks.drain(0.01)
        await desks.close()
        await desks.close()
        assert await pending(desk) == 1


async def test_drain_tells_of_a_message_that_could_not_be_coded(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: object, given: object) -> object:
        raise RuntimeError("the engine is broken")

    async with opened(tmp_path, model) as desks:
        desk = await desks.set_up("5", setup())
        monkeypatch.setattr(Batcher, "score", broken)
        await begin(desk)
        await desk.ingest.receive(arrival(1))
        assert not await desks.drain(60)
        assert await pending(desk) == 1

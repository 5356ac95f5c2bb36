"""/model status, list, promote and rollback, at a study with real bundles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from staff_room import Room

from bot.domain.errors import InputError
from bot.services.desk import Desk
from bot.services.promoting import refuse
from bot.services.retraining.lock import one_retraining
from bot.services.retraining.progress import Kept, Progress, keep
from bot.services.retraining.retrainer import Retrainer
from bot.storage.retrainings import Cause
from tests.retraining_bench import NOW, Bench, two_coders
from tests.tiny import codebook


@pytest.fixture(scope="module")
def two_bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_coders(tmp_path_factory.mktemp("coders"))


@pytest.fixture
async def bench(tmp_path: Path, two_bundles: tuple[Path, Path]) -> AsyncIterator[Bench]:
    opened = await Bench.open(tmp_path, *two_bundles)
    yield opened
    await opened.store.close()


@pytest.fixture
async def room(tmp_path: Path, bench: Bench) -> AsyncIterator[Room]:
    opened = await Room.open(tmp_path)
    await opened.set_up(codebook())
    opened.client.settings = bench.settings
    bench.study = opened.desk.study
    yield opened
    await opened.close()


def retrained(room: Room, bench: Bench) -> Retrainer:
    return Retrainer(room.store, bench.settings, bench.command)


async def test_list_marks_who_serves_and_tells_figures_when_and_why(
    room: Room, bench: Bench
) -> None:
    text = (await room.give(room.model, "coders")).text
    assert text.splitlines()[1].startswith("▶ **starter** (")
    assert "not judged here yet" in text
    await retrained(room, bench).run(bench.study, Cause.ASKED)
    text = (await room.give(room.model, "coders")).text
    new, old = text.splitlines()[1:]
    assert new.startswith("▶ **pilot-study-20260302** (")
    assert "accuracy 0.710, kappa 0.650, macro-F1 0.550, n=40; <t:" in new
    assert new.endswith(":d>, promoted: Accuracy rose by 4 points.")
    assert old.startswith("· **starter** (")
    assert "accuracy 0.750" in old


async def test_promote_takes_one_that_was_not_taken_and_rollback_undoes_it(
    room: Room, bench: Bench
) -> None:
    bench.decide("keep")
    await retrained(room, bench).run(bench.study, Cause.ASKED)
    assert "judged and not taken" in (await room.give(room.model, "coders")).text
    asking = await room.give(room.model, "promote", "pilot-study-20260302")
    assert "is to serve from the next discussion on" in asking.text
    serving = await room.store.promotions.serving(bench.study.id)
    assert serving is not None
    assert serving.fingerprint == bench.made.manifest.fingerprint
    # Beside the others: its retraining's folder would be cleared by the next one.
    assert serving.folder == bench.folder / "bundles" / serving.folder.name
    assert serving.folder.is_dir()
    asking = await room.give(room.model, "rollback")
    assert asking.text.startswith("**starter** (")
    assert len(room.client.promotions) == 2
    with pytest.raises(InputError):
        await room.give(room.model, "rollback")


async def test_one_that_could_not_be_loaded_is_not_said_to_serve(
    room: Room, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.decide("keep")
    await retrained(room, bench).run(bench.study, Cause.ASKED)
    default = bench.settings.model.bundle

    async def promoted(desk: Desk) -> None:
        last = await room.store.promotions.serving(desk.study.id)
        assert last is not None
        await refuse(room.store, desk.study, default, "it is damaged.", refused=last.id)

    monkeypatch.setattr(room.client, "promoted", promoted)
    asking = await room.give(room.model, "promote", "pilot-study-20260302")
    assert asking.text.endswith("could not be loaded, so the coder before goes on: it is damaged.")


async def test_an_unknown_name_is_a_sentence(room: Room) -> None:
    with pytest.raises(InputError, match="there is no coder 'none'; there are starter"):
        await room.give(room.model, "promote", "none")


async def test_names_are_offered_but_for_the_one_that_serves(room: Room, bench: Bench) -> None:
    bench.decide("keep")
    await retrained(room, bench).run(bench.study, Cause.ASKED)
    offered = await room.model._names(room.ask(), "pilot")  # type: ignore[arg-type]
    assert [choice.name[:20] for choice in offered] == ["pilot-study-20260302"]
    await room.give(room.model, "promote", offered[0].value)
    offered = await room.model._names(room.ask(), "")  # type: ignore[arg-type]
    assert [choice.name[:7] for choice in offered] == ["starter"]


async def test_status_shows_how_far_a_retraining_is_and_how_the_last_one_ended(
    room: Room, bench: Bench
) -> None:
    text = (await room.give(room.model, "status")).text
    assert "The next night: <t:" in text
    assert "etraining" not in text
    await retrained(room, bench).run(bench.study, Cause.NIGHTLY)
    text = (await room.give(room.model, "status")).text
    assert "a new coder was promoted. Accuracy rose by 4 points." in text
    folder = bench.folder / "retrainings" / "now"
    folder.mkdir()
    with one_retraining(bench.settings.database.url):
        await room.store.retrainings.begin(bench.study.id, Cause.ASKED, folder)
        assert "it has just begun" in (await room.give(room.model, "status")).text
        told = Kept(Progress("training", 50, 200, ""), NOW + timedelta(seconds=60), NOW)
        keep(folder, told)
        text = (await room.give(room.model, "status")).text
        assert "training ▰▰▰▱▱▱▱▱▱▱▱▱ 25%, about 3 min left of this stage." in text
    text = (await room.give(room.model, "status")).text  # nobody holds the lock: it died
    assert "the process that watched over it was killed" in text

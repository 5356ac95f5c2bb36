"""A retraining from the lock to the promotion, with real processes in the place of the training."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.domain.retraining import Outcome
from bot.inference.bundle import Bundle
from bot.inference.shelf import bundles_in, shelve
from bot.services.promoting import promote
from bot.services.retraining.known import known_coders, promote_known
from bot.services.retraining.lock import BusyError, is_running, one_retraining
from bot.services.retraining.progress import Progress
from bot.services.retraining.reading import read_result as really_read
from bot.storage.errors import StorageError
from bot.storage.retrainings import Cause, State
from tests.retraining_bench import Bench

NAME = "pilot-study-20260302"


async def test_a_better_coder_is_put_among_the_bundles_and_serves(bench: Bench) -> None:
    heard: list[Progress] = []
    finished = await bench.retrainer().run(bench.study, Cause.NIGHTLY, told=heard.append)
    row = finished.row
    assert (row.state, row.cause, row.verified) == (State.PROMOTED, Cause.NIGHTLY, 120)
    assert row.reason == "Accuracy rose by 4 points."
    assert row.decision["after"]["accuracy"] == 0.71
    assert finished.outcome == Outcome.from_json((bench.folder / "given/result.json").read_text())
    assert [p.done for p in heard] == [0, 1, 2, 3]
    serving = await bench.store.promotions.serving(bench.study.id)
    assert serving is not None
    assert serving.folder == bench.folder / "bundles" / NAME
    assert (serving.fingerprint, serving.retraining_id) == (
        bench.made.manifest.fingerprint,
        row.id,
    )
    assert row.challenger_id == serving.bundle_id
    assert bench.bundles == {"starter", NAME}
    assert bench.left == {f"{NAME}/result.json"}  # neither words of people nor a second copy
    assert not is_running(bench.settings.database.url)


async def test_a_coder_that_is_no_better_is_not_taken_but_at_hand(bench: Bench) -> None:
    bench.decide("keep")
    row = (await bench.retrainer().run(bench.study, Cause.ASKED)).row
    assert (row.state, row.reason) == (State.KEPT, "Accuracy fell by 4 points.")
    assert await bench.store.promotions.serving(bench.study.id) is None
    assert bench.bundles == {"starter"}
    assert f"{NAME}/bundle/manifest.json" in bench.left
    assert f"{NAME}/records.csv" not in bench.left
    again = (await bench.retrainer().run(bench.study, Cause.ASKED)).row
    assert again.folder is not None
    assert again.folder.name == f"{NAME}-2"
    assert f"{NAME}/bundle/manifest.json" not in bench.left  # only the last one stays
    assert f"{NAME}-2/bundle/manifest.json" in bench.left


async def test_a_decision_without_a_new_coder_is_one(bench: Bench) -> None:
    (bench.folder / "given" / "bundle").rename(bench.folder / "aside")
    outcome = bench.decide("keep", after=None, before=None, difference=None, codes=())
    finished = await bench.retrainer().run(bench.study, Cause.NIGHTLY)
    assert (finished.row.state, finished.outcome) == (State.KEPT, outcome)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("fails", "The gold groups hold one code only; code more."),
        ("fails mutely", "the training failed (exit code 3)"),
        ("is killed", "the training was ended by SIGKILL, most often for want of memory"),
        ("says nothing", "the training ended without a result."),
        ("lies", "this is no result of a retraining"),
        ("half a bundle", "do not match"),
    ],
)
async def test_whatever_fails_the_old_coder_serves_and_nothing_stays(
    bench: Bench, how: str, said: str
) -> None:
    finished = await bench.retrainer(how).run(bench.study, Cause.NIGHTLY)
    assert finished.outcome is None
    assert finished.row.state is State.FAILED
    assert said in str(finished.row.reason)
    assert await bench.store.promotions.serving(bench.study.id) is None
    assert bench.bundles == {"starter"}
    assert bench.left == set()
    assert not is_running(bench.settings.database.url)


async def test_a_result_for_another_coder_than_the_one_trained_is_refused(bench: Bench) -> None:
    outcome = bench.decide("promote")
    text = outcome.to_json().replace(str(outcome.challenger), "e" * 64)
    (bench.folder / "given" / "result.json").write_text(text)
    row = (await bench.retrainer().run(bench.study, Cause.NIGHTLY)).row
    assert (row.state, bench.bundles) == (State.FAILED, {"starter"})
    assert row.reason == "the coder that was trained is not the one that was judged."


async def test_a_disk_that_is_full_at_the_end_leaves_no_half_bundle(bench: Bench) -> None:
    full = OSError(28, "No space left on device")
    with patch("bot.inference.shelf.shutil.copytree", side_effect=full):
        row = (await bench.retrainer().run(bench.study, Cause.NIGHTLY)).row
    assert row.state is State.FAILED
    assert "No space left on device" in str(row.reason)
    assert bench.bundles == {"starter"}
    assert bench.left == set()


async def test_time_is_over(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(
        update={
            "retraining": bench.settings.retraining.model_copy(update={"timeout_minutes": 0.005})
        }
    )
    row = (await bench.retrainer("hangs").run(bench.study, Cause.NIGHTLY)).row
    assert (row.state, bench.left) == (State.FAILED, set())
    assert "INTERCODER_RETRAINING__TIMEOUT_MINUTES" in str(row.reason)


async def test_without_the_folder_of_the_coder_that_serves_nothing_is_judged(
    bench: Bench, two_bundles: tuple[Path, Path]
) -> None:
    default, other = bench.settings.model.bundle, bench.folder / "bundles" / "other"
    shutil.copytree(two_bundles[1], other)
    serving = await promote(bench.store, bench.study, other, "By hand.", default=default)
    shutil.rmtree(other)
    row = (await bench.retrainer().run(bench.study, Cause.ASKED)).row
    assert row.state is State.FAILED
    assert "is gone from" in str(row.reason)
    assert await bench.store.promotions.serving(bench.study.id) == serving


async def test_a_coder_chosen_by_hand_meanwhile_stays(
    bench: Bench, two_bundles: tuple[Path, Path]
) -> None:
    loop, default = asyncio.get_running_loop(), bench.settings.model.bundle

    def read_result(folder: Path) -> Outcome:
        by_hand = promote(bench.store, bench.study, two_bundles[1], "By hand.", default=default)
        asyncio.run_coroutine_threadsafe(by_hand, loop).result()
        return really_read(folder)

    with patch("bot.services.retraining.retrainer.read_result", read_result):
        row = (await bench.retrainer().run(bench.study, Cause.NIGHTLY)).row
    assert row.state is State.KEPT
    assert "changed by hand" in str(row.reason)
    assert bench.bundles == {"starter"}


async def test_a_coder_chosen_by_hand_while_the_new_one_is_copied_stays(
    bench: Bench, two_bundles: tuple[Path, Path]
) -> None:
    loop, default = asyncio.get_running_loop(), bench.settings.model.bundle

    def copying(made: Path, kept: Path) -> Bundle:
        by_hand = promote(bench.store, bench.study, two_bundles[1], "By hand.", default=default)
        asyncio.run_coroutine_threadsafe(by_hand, loop).result()
        return shelve(made, kept)

    with patch("bot.services.retraining.retrainer.shelve", copying):
        row = (await bench.retrainer().run(bench.study, Cause.NIGHTLY)).row
    assert row.state is State.KEPT
    assert "changed by hand" in str(row.reason)
    serving = await bench.store.promotions.serving(bench.study.id)
    assert serving is not None
    assert serving.folder == two_bundles[1]
    assert bench.bundles == {"starter"}


async def test_with_another_coder_in_the_folder_of_the_one_that_serves_nothing_is_judged(
    bench: Bench, two_bundles: tuple[Path, Path]
) -> None:
    default, other = bench.settings.model.bundle, bench.folder / "bundles" / "other"
    shutil.copytree(two_bundles[1], other)
    await promote(bench.store, bench.study, other, "By hand.", default=default)
    shutil.rmtree(other)
    shutil.copytree(two_bundles[0], other)
    row = (await bench.retrainer().run(bench.study, Cause.ASKED)).row
    assert row.state is State.FAILED
    assert "another coder stands in" in str(row.reason)


async def test_one_that_is_taken_by_hand_later_is_still_known_to_come_of_its_retraining(
    bench: Bench,
) -> None:
    bench.decide("keep")
    row = (await bench.retrainer().run(bench.study, Cause.ASKED)).row
    assert row.folder is not None
    await promote_known(bench.retrainer(), bench.study, row.folder.name, "By hand.")
    (tried,) = await bench.store.lineages.retrainings(bench.made.manifest.fingerprint)
    assert (tried.id, tried.state) == (row.id, "kept")


async def test_stopped_it_is_failed_and_its_process_gone(bench: Bench) -> None:
    begun = asyncio.Event()
    retrainer = bench.retrainer("deaf")
    with patch("bot.services.retraining.process._MERCY", 0.05):
        running = asyncio.create_task(
            retrainer.run(bench.study, Cause.NIGHTLY, told=lambda _: begun.set())
        )
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    (row,) = await bench.store.retrainings.of_study(bench.study.id)
    assert (row.state, bench.left) == (State.FAILED, set())
    assert row.reason == "the bot was stopped before the training had ended."
    assert retrainer.stopped == row
    assert not is_running(bench.settings.database.url)


async def test_stopped_when_all_is_decided_it_is_promoted_all_the_same(bench: Bench) -> None:
    retrainer = bench.retrainer()
    running = asyncio.ensure_future(retrainer.run(bench.study, Cause.NIGHTLY))

    async def stop(*given, **options):
        running.cancel()
        return await promote(*given, **options)

    stopping = patch("bot.services.retraining.retrainer.promote", stop)
    with stopping, pytest.raises(asyncio.CancelledError):
        await running
    (row,) = await bench.store.retrainings.of_study(bench.study.id)
    assert row.state is State.PROMOTED
    assert retrainer.stopped is None


async def test_cut_off_when_its_promotion_is_written_the_bundle_stays(bench: Bench) -> None:
    async def cut_off(*given, **options):
        await promote(*given, **options)
        raise asyncio.CancelledError

    cut = patch("bot.services.retraining.retrainer.promote", cut_off)
    with cut, pytest.raises(asyncio.CancelledError):
        await bench.retrainer().run(bench.study, Cause.NIGHTLY)
    serving = await bench.store.promotions.serving(bench.study.id)
    assert serving is not None
    assert serving.folder.is_dir()
    (cleared,) = await bench.retrainer().clear()
    assert cleared.state is State.PROMOTED
    assert bench.bundles == {"starter", NAME}


async def test_a_promotion_that_could_not_be_noted_is_no_failure(bench: Bench) -> None:
    full = patch.object(bench.store.retrainings, "end", side_effect=StorageError("disk full"))
    with full, pytest.raises(StorageError):
        await bench.retrainer().run(bench.study, Cause.NIGHTLY)
    (cleared,) = await bench.retrainer().clear()
    assert cleared.state is State.PROMOTED
    assert bench.bundles == {"starter", NAME}
    assert bench.left == {f"{NAME}/result.json"}


async def test_two_at_once_are_one(bench: Bench) -> None:
    begun = asyncio.Event()
    first = asyncio.create_task(
        bench.retrainer("hangs").run(bench.study, Cause.ASKED, told=lambda _: begun.set())
    )
    await begun.wait()
    with pytest.raises(BusyError, match="a retraining is running already"):
        await bench.retrainer().run(bench.study, Cause.ASKED)
    skip = await bench.retrainer().why_not(bench.study, Cause.ASKED)
    assert skip is not None
    assert skip.why == "running"
    assert await bench.retrainer().clear() == ()  # it lives: nothing of it is cleared
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len(await bench.store.retrainings.of_study(bench.study.id)) == 1


async def test_what_a_killed_bot_left_is_failed_at_the_next_look(bench: Bench) -> None:
    folder = bench.folder / "retrainings" / NAME
    row = await bench.store.retrainings.begin(bench.study.id, Cause.NIGHTLY, folder)
    (folder / "bundle").mkdir(parents=True)
    (folder / "records.csv").write_text("what people wrote")
    (bench.folder / "bundles" / f".{NAME}.0123abcd.new").mkdir()
    with one_retraining(bench.settings.database.url):
        assert await bench.retrainer().clear() == ()
    (cleared,) = await bench.retrainer().clear()
    assert (cleared.id, cleared.state) == (row.id, State.FAILED)
    assert "was killed" in str(cleared.reason)
    assert (bench.bundles, bench.left) == ({"starter"}, set())


async def test_only_its_own_copy_is_cleared_away(bench: Bench) -> None:
    shelf, given = bench.folder / "bundles", bench.folder / "given" / "bundle"
    for number, other in enumerate((given, shelf / "starter")):
        folder = bench.folder / "retrainings" / f"{NAME}-{number}"
        await bench.store.retrainings.begin(bench.study.id, Cause.NIGHTLY, folder)
        shutil.copytree(given, folder / "bundle")
        shutil.copytree(other, shelf / folder.name)  # the second is another database's
    await bench.retrainer().clear()
    assert bench.bundles == {"starter", f"{NAME}-1"}


async def test_the_challenger_of_one_that_runs_is_not_at_hand(bench: Bench) -> None:
    folder = bench.folder / "retrainings" / NAME
    await bench.store.retrainings.begin(bench.study.id, Cause.NIGHTLY, folder)
    shutil.copytree(bench.folder / "given" / "bundle", folder / "bundle")
    known = await known_coders(bench.retrainer(), bench.study)
    assert [coder.name for coder in known] == ["starter"]


async def test_one_that_was_killed_after_its_promotion_is_promoted(
    bench: Bench, two_bundles
) -> None:
    folder = bench.folder / "retrainings" / NAME
    row = await bench.store.retrainings.begin(bench.study.id, Cause.NIGHTLY, folder)
    folder.mkdir(parents=True)
    (folder / "records.csv").write_text("what people wrote")
    default = bench.settings.model.bundle
    await promote(
        bench.store, bench.study, two_bundles[1], "Better.", default=default, retraining_id=row.id
    )
    (cleared,) = await bench.retrainer().clear()
    assert (cleared.state, cleared.reason) == (State.PROMOTED, "Better.")
    assert bench.left == set()
    assert bundles_in(two_bundles[1].parent)

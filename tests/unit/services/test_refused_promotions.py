"""A bundle that cannot be loaded, or does not fit, does not serve, and is not said to."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from model_on_disk import bundle_in
from swap_lab import Lab

from bot.domain.codebook import codebook_from_codes
from bot.domain.errors import InputError
from bot.inference.bundle import load_bundle
from bot.services.desk import Setup
from bot.services.promoting import refuse
from bot.services.retraining.known import known_coders
from bot.services.retraining.retrainer import Retrainer
from bot.services.study import register_bundle
from bot.settings import DatabaseSettings, ModelSettings, Settings
from bot.storage.promotions import PromotionAct


def _missing(folder: Path) -> str:
    shutil.rmtree(folder)
    return "there is no such bundle"


def _tampered(folder: Path) -> str:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return "do not match their hash"


def _replaced(folder: Path) -> str:
    shutil.rmtree(folder)
    bundle_in(folder, "2027-01-01")
    return "another bundle stands there now"


@pytest.mark.parametrize("damage", [_missing, _tampered, _replaced])
async def test_a_bundle_that_cannot_be_loaded_leaves_the_old_one(lab: Lab, damage) -> None:
    async with lab.open():
        await lab.begin()
        await lab.promote("b", look=False)
        sentence = damage(lab.folder / "b")
        (told,) = await lab.desk.look()
        assert told.startswith("Coder 'b' could not be loaded, so the one before goes on: ")
        assert sentence in told
        assert "\n" not in told
        assert await lab.desk.look() == ()
        await lab.scenario(1)
        said = await lab.say()
        assert (await lab.coders())[said] == ["a"]
        last = await lab.store.promotions.serving(lab.desk.study.id)
        assert last is not None
        assert (last.act, last.folder.name) == (PromotionAct.REFUSED, "a")
    async with lab.open():
        assert lab.desk.coder is not None
        assert lab.seated == ["a"]


async def test_at_a_start_the_one_before_serves_where_the_last_cannot(lab: Lab) -> None:
    async with lab.open():
        await lab.promote("b")
        await lab.promote("c")
    _missing(lab.folder / "c")
    async with lab.open():
        assert lab.seated == ["b"]
        (told,) = await lab.desk.look()
        assert "Coder 'c' could not be loaded" in told
    _missing(lab.folder / "b")
    async with lab.open():
        assert lab.seated == ["a"]
        said = [await lab.begin(), await lab.say()][1]
        assert (await lab.coders())[said] == ["a"]


async def test_what_serves_goes_on_where_it_does_not_fit_either(lab: Lab) -> None:
    """The first coder of a new codebook cannot be loaded: that is refused once, not for ever."""
    foreign = codebook_from_codes(["X", "Y"], "foreign")
    bundle_in(lab.folder / "x", book=foreign, labels=("X", "Y"))
    async with lab.open():
        await lab.desks.set_up("5", Setup("Lab", foreign))
        problem = lab.desk.problem
        await lab.promote("x", look=False)
        _missing(lab.folder / "x")
        async with asyncio.timeout(20):
            (told,) = await lab.desk.look()
        assert "Coder 'x' could not be loaded" in told
        assert await lab.desk.look() == ()
        assert lab.desk.problem == problem is not None
    async with asyncio.timeout(20), lab.open():  # nor is it at a start
        assert lab.desk.problem == problem
        assert len(await lab.desk.look()) == 1
        assert await lab.desk.look() == ()


async def test_what_does_not_fit_is_not_promoted(lab: Lab) -> None:
    foreign = codebook_from_codes(["X", "Y"], "foreign")
    bundle_in(lab.folder / "x", book=foreign, labels=("X", "Y"))
    async with lab.open():
        with pytest.raises(InputError, match="gives codes X, Y, which the study's codebook"):
            await lab.promote("x")
        with pytest.raises(InputError, match="serves study 'Lab' already"):
            await lab.promote("a")
        await lab.promote("b")
        with pytest.raises(InputError, match="serves study 'Lab' already"):
            await lab.promote("b")
        assert len(await lab.store.promotions.history(lab.desk.study.id)) == 1


def retrainer(lab: Lab) -> Retrainer:
    """Return what `models list` asks."""
    settings = Settings(
        database=DatabaseSettings(url=lab.url), model=ModelSettings(bundle=lab.default)
    )
    return Retrainer(lab.store, settings)


async def test_what_cannot_be_loaded_is_not_said_to_serve_where_nothing_is_put_back(
    lab: Lab,
) -> None:
    async with lab.open():
        await lab.begin()
        shutil.rmtree(lab.default)  # in memory it goes on
        await lab.promote("b", look=False)
        _tampered(lab.folder / "b")
        (told,) = await lab.desk.look()
        assert "Coder 'b' could not be loaded" in told
        assert await lab.desk.look() == ()
        study = lab.desk.study
        known = {c.name: c for c in await known_coders(retrainer(lab), study)}
        assert not known["b"].serves
        assert known["b"].why.startswith("could not be loaded: ")
        said = await lab.say()
        assert (await lab.coders())[said] == ["a"]
        shutil.rmtree(lab.folder / "b")
        bundle_in(lab.folder / "b", "2026-01-02")  # mended
        await lab.promote("b")
        known = {c.name: c for c in await known_coders(retrainer(lab), study)}
        assert known["b"].serves
        assert known["b"].why == "promoted: it is better"
        assert lab.seated == ["a", "b"]


async def test_who_is_seated_serves_where_nothing_is_put_back(lab: Lab) -> None:
    async with lab.open():
        study = lab.desk.study
        await lab.promote("b", look=False)
        (promoted,) = await lab.store.promotions.history(study.id)
        shutil.rmtree(lab.folder / "b")
        (lab.default / "tokenizer.json").write_text("{}", encoding="utf-8")
        for _ in range(2):  # once only
            await refuse(lab.store, study, lab.default, "it is gone", refused=promoted.id)
            history = await lab.store.promotions.history(study.id)
            assert [p.act for p in history] == [PromotionAct.PROMOTED, PromotionAct.REFUSED]
            promoted = history[-1]
        manifest = load_bundle(lab.default, verify=False).manifest
        coder = await register_bundle(lab.store, study, manifest)
        await lab.store.pins.seat(study.id, coder.id, lab.default)
        known = await known_coders(retrainer(lab), study)
        assert [c.name for c in known if c.serves] == ["a"]
        await lab.store.pins.seat(study.id, None, None)
        assert not any(c.serves for c in await known_coders(retrainer(lab), study))

"""What `models make` does: records out of the store, gold groups, training, the decision."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from bot.commands.databases import open_existing, pick_study
from bot.commands.json_lines import JsonLines
from bot.domain.errors import InputError
from bot.domain.retraining import RECORDS, RESULT, Outcome
from bot.domain.targets import check_folder
from bot.inference.bundle import Bundle, load_bundle
from bot.settings import RetrainingSettings, Settings
from exports.verified.counted import VerifiedFile
from exports.verified.write import write_verified
from exports.writing import replacing
from training.case import Case, open_case
from training.faults import machine_spoken
from training.gate import Rule
from training.ladder import Method
from training.presets import preset
from training.retrain import Plan, retrain


@dataclass(frozen=True)
class Wanted:
    """For which study of which database a coder is made, where, and which one it has to beat."""

    url: str
    study: str
    folder: Path
    champion: Path


@dataclass(frozen=True)
class How:
    """How the challenger learns: from which base, by which method; `epochs` else the preset's."""

    base: str
    method: str
    epochs: int | None
    seed: int


def made(wanted: Wanted, how: How, settings: Settings, out: TextIO) -> Outcome:
    """Make a challenger in the folder, decide, and write result.json there, last of all.

    Outside the folder nothing is written but what was decided about gold groups. Raises
    IntercoderError where there is no decision.
    """
    told = JsonLines(out)
    _check_empty(wanted.folder)
    with machine_spoken("the retraining"):
        champion = load_bundle(wanted.champion) if wanted.champion.exists() else None
        asked = settings.retraining
        case, gold, file = asyncio.run(_prepared(wanted, champion, asked.gold_share, told))
        training = preset("default")
        chosen = replace(training, seed=how.seed)
        if how.epochs:  # what is asked for is done, as by `train --epochs`
            chosen = replace(chosen, epochs=how.epochs, least_steps=0)
        plan = Plan(
            folder=wanted.folder,
            name=wanted.folder.absolute().name,
            gold=gold,
            rule=rule(asked),
            settings=chosen,
            verified=file.verified,
            discord_permission=settings.training.discord_permission,
            base=how.base,
            threads=asked.threads,
            method=Method(how.method),
        )
        outcome = retrain(case, plan, told)
        with replacing(wanted.folder / RESULT) as result:
            result.write(outcome.to_json())
    told("done", outcome.reason, 1, 1)
    return outcome


def rule(asked: RetrainingSettings) -> Rule:
    """Return what the settings ask of the gate."""
    return Rule(min_gold=asked.min_gold, margin=asked.margin, tolerance=asked.tolerance)


def _check_empty(folder: Path) -> None:
    check_folder(folder)
    if folder.exists() and any(folder.iterdir()):
        raise InputError("there is something in it", "name a new or empty folder", source=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"it cannot be made ({error.strerror})", "name another folder", source=folder
        ) from None


async def _prepared(
    wanted: Wanted, champion: Bundle | None, share: float, told: JsonLines
) -> tuple[Case, frozenset[str], VerifiedFile]:
    """Return the records, the gold groups among them, and how many of which kind there are.

    The file marks the gold groups, as every verified export does: once new ones are decided by
    what it holds, it is written again, and is what an export would be from then on.
    """
    async with await open_existing(wanted.url) as store:
        study = await pick_study(store, wanted.study)
        total = await store.transcripts.size(study.id)
        sides = await store.gold_groups.of(study.id)
        while True:
            file = await write_verified(
                store,
                [study],
                wanted.folder / RECORDS,
                lambda done: told("records", "messages written", done, total),
            )
            if not file.verified:
                raise InputError(
                    f"study {study.name!r} has no verified code",
                    "let people correct, confirm or code its messages first",
                )
            case = open_case(file.path, file.codebook_file, champion)
            marked = sides
            sides = await store.gold_groups.settle(study.id, case.groups, share, case.taught())
            if sides == marked:
                break
    gold = frozenset(group for group, side in sides.items() if side.gold)
    told("gold", f"{len(gold & case.groups)} of {len(case.groups)} groups judge", 1, 1)
    return case, gold, file

"""Which coder is to serve a study: chosen by a retraining or a person, taken back in one step.

The rows are decisions. A bot that runs looks at them every second and does what they say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.domain.errors import InputError
from bot.encoding.spec import EncoderError
from bot.inference.bundle import Bundle, BundleError, load_bundle
from bot.services.study import check_labels, register_bundle
from bot.storage.promotions import Promotion, PromotionAct
from bot.storage.rows import Study
from bot.storage.store import Store


async def promote(
    store: Store,
    study: Study,
    folder: Path,
    reason: str,
    *,
    default: Path,
    retraining_id: int | None = None,
    beaten: int | None = None,
) -> Promotion:
    """Let the bundle in `folder`, where it stays, serve a study from now on.

    It is read and checked first, every hash and what the study asks of it. `default` is the
    folder of the bundle that serves studies without a choice. A retraining names its row, and by
    `beaten` the last promotion (its row; None: there was none) of when it began: it has judged
    the bundle against no other. Raises InputError if it serves already, or does not fit the study,
    OvertakenError if something else was decided meanwhile, BundleError or EncoderError if it is
    none or damaged.
    """
    bundle = await _checked(store, study, folder)
    history = await store.promotions.history(study.id)
    last = history[-1] if history else None
    if last is None:
        serves = bundle.path == _whole(default)
    else:
        same = _named(last) == (bundle.path, bundle.manifest.fingerprint)
        serves = same and not in_vain(history)
    if serves:
        raise InputError(
            f"bundle {bundle.manifest.name!r} serves study {study.name!r} already",
            "name another one",
        )
    known = None if last is None else last.id
    return await store.promotions.append(
        study.id,
        await _row(store, study, bundle),
        bundle.path,
        PromotionAct.PROMOTED,
        reason,
        after=known if retraining_id is None else beaten,
        retraining_id=retraining_id,
    )


async def roll_back(store: Store, study: Study, default: Path, reason: str) -> Promotion:
    """Take back the last promotion that stands: the bundle before it serves again.

    Raises InputError if none is left, or if the bundle before does not fit the study any more,
    BundleError or EncoderError if that cannot be read: then all stays as it is.
    """
    history = await store.promotions.history(study.id)
    stand = standing(history)
    if not stand:
        raise InputError(
            f"study {study.name!r} is served by the bundle of the settings: there is nothing to "
            "go back to",
            "promote the bundle that is to serve",
        )
    folder = stand[-2].folder if len(stand) > 1 else default
    try:
        bundle = await _checked(store, study, folder)
    except BundleError as error:
        own = "the bundle of the settings (INTERCODER_MODEL__BUNDLE)"
        before = "the coder before" if len(stand) > 1 else own
        raise BundleError(f"{before} would serve again, and cannot: {error}") from error
    return await store.promotions.append(
        study.id,
        await _row(store, study, bundle),
        bundle.path,
        PromotionAct.ROLLED_BACK,
        reason,
        after=history[-1].id,
    )


async def refuse(store: Store, study: Study, default: Path, why: str, *, refused: int) -> Promotion:
    """Take back a decision (its row), the last one, that could not be carried out; `why` tells.

    What served before is put back, or else `default`. Where that fits the study no more, or cannot
    be read, nothing is: then the decision names the refused bundle again, once (see `in_vain`).
    Raises InputError if something else was decided meanwhile.
    """
    history = await store.promotions.history(study.id)
    failed = next(p for p in history if p.id == refused)
    stand = _states(history)[1]
    if stand:
        bundle_id, folder = stand[-1].bundle_id, stand[-1].folder
    else:
        try:
            bundle = await asyncio.to_thread(load_bundle, _whole(default))
            bundle_id, folder = await _row(store, study, bundle), bundle.path
        except (InputError, BundleError, EncoderError):
            bundle_id, folder = failed.bundle_id, failed.folder
        if in_vain(history) and (bundle_id, folder) == (failed.bundle_id, failed.folder):
            return failed
    act = PromotionAct.REFUSED
    return await store.promotions.append(study.id, bundle_id, folder, act, why, after=refused)


def in_vain(history: Sequence[Promotion]) -> bool:
    """Tell whether the last of a study's decisions put nothing back: what it names cannot serve.

    A refusal names then what it refused. Whoever codes, if anybody, is told by the seats.
    """
    last = history[-2:]
    refused = len(last) == 2 and last[1].act is PromotionAct.REFUSED
    return refused and _named(last[0]) == _named(last[1])


def _named(promotion: Promotion) -> tuple[Path, str]:
    return promotion.folder, promotion.fingerprint


def standing(history: Sequence[Promotion]) -> tuple[Promotion, ...]:
    """Return the promotions, of all of a study, that were not taken back, oldest first."""
    return _states(history)[0]


def _states(
    history: Sequence[Promotion],
) -> tuple[tuple[Promotion, ...], tuple[Promotion, ...]]:
    """Return which promotions stand, and which do if the last decision is refused."""
    stand: tuple[Promotion, ...] = ()
    before: tuple[Promotion, ...] = ()
    for each in history:
        if each.act is PromotionAct.PROMOTED:
            before, stand = stand, (*stand, each)
        elif each.act is PromotionAct.ROLLED_BACK:
            before, stand = stand, stand[:-1]
        else:  # what it puts back may have to be refused, too: then the one before that
            before, stand = before[:-1], before
    return stand, before


async def _checked(store: Store, study: Study, folder: Path) -> Bundle:
    """Return the bundle in `folder`, if all of it is there and it can code the study."""
    bundle = await asyncio.to_thread(load_bundle, _whole(folder))
    check_labels(bundle.manifest, study.codebook)
    encoder = await asyncio.to_thread(bundle.encoder)
    for scenario in await store.scenario_lists.of(study.id):
        encoder.check_scenario(scenario)
    return bundle


def _whole(folder: Path) -> Path:
    """Return a path that means the same to every process."""
    return folder.absolute()


async def _row(store: Store, study: Study, bundle: Bundle) -> int:
    """Return the row of a bundle, registered as a coder of the study if it is new."""
    coder = await register_bundle(store, study, bundle.manifest)
    if coder.bundle_id is None:
        raise ValueError(f"coder {coder.name!r} is not a model")
    return coder.bundle_id

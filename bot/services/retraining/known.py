"""The coders that a study can be given, with their figures, and which one serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.domain.errors import InputError
from bot.domain.retraining import BUNDLE, Figures, Outcome
from bot.inference.manifest import Manifest
from bot.inference.shelf import bundles_in, shelve
from bot.services.promoting import in_vain, promote
from bot.services.retraining.retrainer import Retrainer
from bot.services.study import check_labels
from bot.storage.promotions import Promotion, PromotionAct
from bot.storage.retrainings import Retraining, State
from bot.storage.rows import Study
from bot.storage.store import Store

_SHORT = 8  # characters of a fingerprint
_ACTS = {
    PromotionAct.PROMOTED: "promoted",
    PromotionAct.ROLLED_BACK: "put back",
    PromotionAct.REFUSED: "put back, for another could not be loaded",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A coder that can serve a study.

    `figures` are those of the retraining that made it, on the study's gold messages. `decided` is
    when it was last to begin to serve, and `why` tells how that came, or that it could not be
    loaded. `taken` is False for a challenger that was judged and not promoted. `problem` tells
    why it cannot serve. Of a damaged bundle neither `fingerprint` nor `made` is known: both are
    empty, and its name is its folder's.
    """

    name: str
    fingerprint: str
    folder: Path
    made: str
    serves: bool = False
    figures: Figures | None = None
    decided: datetime | None = None
    why: str = ""
    taken: bool = True
    problem: str | None = None

    @property
    def called(self) -> tuple[str, str]:
        """The names by which it can be given: its own, and that of its folder."""
        return self.name, self.folder.name if self.taken else self.folder.parent.name


async def known_coders(retrainer: Retrainer, study: Study) -> tuple[Known, ...]:
    """Return the coders at hand for `study`: the one that serves first, then by name.

    They are the bundles beside that of the settings, and the last challenger that was not
    promoted. Files are not hashed: that is done before one serves.
    """
    store, settings = retrainer.store, retrainer.settings
    rows = await store.retrainings.of_study(study.id)
    history = await store.promotions.history(study.id)
    own = settings.model.bundle.absolute()
    # Of one that runs, the challenger is there before it is judged.
    kept = (row.folder for row in rows if row.state is State.KEPT)
    aside = [folder / BUNDLE for folder in kept if folder is not None]
    found = await asyncio.to_thread(_read, retrainer.bundles, aside, study)
    judged = _judged(rows)
    if not history:
        serving = next((coder.fingerprint for coder in found if coder.folder == own), None)
    elif in_vain(history):
        serving = await _seated(store, study)
    else:
        serving = history[-1].fingerprint
    coders = []
    for coder in found:
        told = replace(
            coder,
            serves=coder.fingerprint == serving,
            figures=judged.get(coder.fingerprint),
        )
        coders.append(_with_history(told, history))
    return tuple(sorted(coders, key=lambda c: (not c.serves, c.name, c.fingerprint)))


async def find(retrainer: Retrainer, study: Study, name: str) -> Known:
    """Return the coder of that name, or whose fingerprint begins so; raises InputError."""
    text = name.strip()
    known = await known_coders(retrainer, study)
    named = [c for c in known if text in c.called]
    if not named and len(text) >= 4:
        named = [c for c in known if c.fingerprint.startswith(text.lower())]
    if len(named) == 1:
        return named[0]
    if named:
        prints = " or ".join(c.fingerprint[:_SHORT] for c in named)
        raise InputError(f"{len(named)} coders are called {text!r}", f"name one by {prints}")
    there = ", ".join(c.name for c in known) or "none"
    raise InputError(f"there is no coder {text!r}", f"there are {there}")


async def promote_known(retrainer: Retrainer, study: Study, name: str, reason: str) -> Promotion:
    """Let the coder of that name serve the study; raises InputError or BundleError.

    A challenger that was not promoted is first put among the bundles: the next retraining
    would clear it away.
    """
    coder = await find(retrainer, study, name)
    folder = coder.folder
    if not coder.taken:
        kept = retrainer.bundles / coder.folder.parent.name
        await asyncio.to_thread(shelve, folder, kept)
        folder = kept
    default = retrainer.settings.model.bundle
    return await promote(retrainer.store, study, folder, reason, default=default)


def _read(bundles: Path, aside: Iterable[Path], study: Study) -> list[Known]:
    found: dict[str, Known] = {}
    damaged = []
    for shelved in bundles_in(bundles):
        if shelved.manifest is None:
            damaged.append(Known(shelved.path.name, "", shelved.path, "", problem=shelved.problem))
        else:
            found.setdefault(
                shelved.manifest.fingerprint, _known(shelved.path, shelved.manifest, study)
            )
    for folder in aside:
        for shelved in bundles_in(folder.parent):
            manifest = shelved.manifest
            if manifest is not None and manifest.fingerprint not in found:
                known = _known(shelved.path, manifest, study)
                found[manifest.fingerprint] = replace(known, taken=False)
    return [*found.values(), *damaged]


def _known(folder: Path, manifest: Manifest, study: Study) -> Known:
    problem = None
    try:
        check_labels(manifest, study.codebook)
    except InputError as error:
        problem = str(error)
    return Known(manifest.name, manifest.fingerprint, folder, manifest.created_at, problem=problem)


def _judged(rows: Iterable[Retraining]) -> dict[str, Figures]:
    """Return the figures of coders on the gold messages, the last judgement of each."""
    found: dict[str, Figures] = {}
    for row in rows:
        outcome = outcome_of(row)
        if outcome is None:
            continue
        both = ((outcome.champion, outcome.before), (outcome.challenger, outcome.after))
        found |= {of: figures for of, figures in both if of is not None and figures is not None}
    return found


def outcome_of(row: Retraining) -> Outcome | None:
    """Return what a retraining's decision rests on; None where there was none."""
    return Outcome.from_json(json.dumps(dict(row.decision))) if "format" in row.decision else None


async def _seated(store: Store, study: Study) -> str | None:
    """Return the fingerprint of the coder that a bot seated last; None if nobody codes."""
    serving = await store.pins.serving(study.id)
    coders = await store.studies.coders(study.id)
    return next((coder.fingerprint for coder in coders if coder.id == serving), None)


def _with_history(coder: Known, history: Sequence[Promotion]) -> Known:
    own = [n for n, p in enumerate(history) if p.fingerprint == coder.fingerprint]
    if not own:
        return coder
    since = history[own[-1] :]
    return replace(coder, decided=since[0].at, why=_why(since, vain=in_vain(history)))


def _why(since: Sequence[Promotion], *, vain: bool) -> str:
    """Return how a decision came to be, or what became of it; `since` begins with it."""
    own, after = since[0], since[1:2]
    if vain and not after:
        return f"could not be loaded: {own.reason}"
    if after and after[0].act is PromotionAct.REFUSED:
        return f"could not be loaded: {after[0].reason}"
    return f"{_ACTS[own.act]}: {own.reason}"

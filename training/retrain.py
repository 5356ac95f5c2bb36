"""One retraining: verified records in; a challenger, the gate's decision and its numbers out."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot import __version__
from bot.domain.counting import many
from bot.domain.retraining import BUNDLE, Outcome
from bot.domain.settling import names
from training.arrange import Record
from training.base import DEFAULT_BASE
from training.case import Case
from training.duel import Duel, always, check_parity, coded_by, commonest, figures
from training.gate import Parity, Rule, decide, too_few
from training.ladder import Method
from training.machine import machine
from training.presets import Settings
from training.report.before_after import before_after
from training.report.gold import write_gold
from training.train import Trained, train

PICTURE, GOLD = "confusion.png", "gold.csv"
"""What a retraining leaves in its folder, beside result.json and the bundle."""

_PACKAGES = ("torch", "transformers", "tokenizers", "onnxruntime-gpu", "numpy", "scikit-learn")

Told = Callable[[str, str, int, int], None]
"""Is told the stage, what is being done in it, and the steps done and in all."""


@dataclass(frozen=True)
class Plan:
    """How to train and how to judge; `name` is the new bundle's, `gold` the gold groups."""

    folder: Path
    name: str
    gold: frozenset[str]
    rule: Rule
    settings: Settings
    verified: int
    discord_permission: str | None = None
    base: str = DEFAULT_BASE
    threads: int | None = None
    method: Method = Method.AUTO


def retrain(case: Case, plan: Plan, told: Told) -> Outcome:
    """Train a challenger on what is not gold, judge both coders on the gold set, and decide.

    The challenger is written to the plan's folder, whole or not at all; nothing is trained where
    the gold set could not judge it. Raises InputError, TrainingError, MachineError, BundleError or
    EngineError: then there is no decision.
    """
    seen = case.met_by(case.champion)
    start, left = _gold(case, plan, seen)
    if start.reason:
        return start
    told("training", f"without {many(len(plan.gold & case.groups), 'gold group')}", 0, 1)
    trained = _train(case, plan, told)
    challenger = trained.bundle
    start, left = _gold(case, plan, seen | case.met_by(challenger))
    start = replace(start, challenger=challenger.manifest.fingerprint)
    if start.reason:
        return start
    parity, after = check_parity(challenger, left, plan.threads, _of("parity", told))
    teaching = _teaching(case, plan)
    if case.champion is None:
        before = always(commonest(teaching, case.source.codebook), after)
    else:
        judging = _of("judging", told)
        before = coded_by(case.champion, left, "onnx", plan.threads, judging)
    duel = Duel(tuple(left), before, after, first=case.champion is None)
    told("deciding", "before and after are compared", 0, 1)
    notes = (*start.notes, *_taught_notes(case, teaching))
    return _decided(case, plan, replace(start, notes=notes), duel, parity)


def _gold(case: Case, plan: Plan, seen: set[str]) -> tuple[Outcome, list[Record]]:
    """Return the outcome as far as it is known, and the gold records that nobody has `seen`.

    Its reason is empty unless the gold set cannot judge.
    """
    gold = [r for r in case.records if r.group in plan.gold]
    left = [r for r in gold if r.message.id not in seen]
    groups = len({r.group for r in left})
    first = case.champion is None
    notes = []
    if case.why:
        notes.append(f"{case.why}: a new one only has to beat the commonest code")
    if len(left) < len(gold):
        met = many(len(gold) - len(left), "gold record")
        notes.append(f"{met} left out: one of the two coders had met the same talk")
    champion = case.champion
    lacking = too_few(groups, len(left), plan.rule, first=first)
    if lacking is not None:
        aside = len(plan.gold & case.groups)
        notes.append(
            f"{aside} of {many(len(case.groups), 'group')} with people's codes are gold: the share "
            "stays as more groups are coded"
        )
    outcome = Outcome(
        decision="keep",
        reason=lacking or "",
        champion=None if champion is None else champion.manifest.fingerprint,
        challenger=None,
        verified=plan.verified,
        left_out_discord=0 if plan.discord_permission else len(case.through_discord()),
        gold_groups=groups,
        gold_records=len(left),
        gold_met=len(gold) - len(left),
        notes=tuple(notes),
        rule=asdict(plan.rule),
        repeat=_repeat(case, plan),
    )
    return outcome, left


def _train(case: Case, plan: Plan, told: Told) -> Trained:
    at = [0, 1]
    champion = case.champion

    def progress(text: str, done: int, total: int) -> None:
        at[:] = done, total
        told("training", text, done, total)

    return train(
        case.source.path,
        plan.folder / BUNDLE,
        plan.settings,
        codebook=case.codebook,
        discord_permission=plan.discord_permission,
        base=plan.base,
        device="cpu",
        threads=plan.threads,
        name=plan.name,
        gold=plan.gold,
        method=plan.method,
        lineage={"champion": None if champion is None else champion.manifest.fingerprint},
        progress=progress,
        say=lambda text: told("training", text, *at),
    )


def _decided(case: Case, plan: Plan, start: Outcome, duel: Duel, parity: Parity) -> Outcome:
    codes = tuple(c.code for c in case.source.codebook.codes if not c.uncoded)
    judged = duel.judged()
    verdict = decide(judged, parity, plan.rule, codes)
    before, after = duel.metrics()
    titles = ("the commonest code" if duel.first else "before", f"after: {plan.name}")
    picture = before_after(tuple(zip(titles, (before, after), strict=True)), codes)
    (plan.folder / PICTURE).write_bytes(picture)
    write_gold(plan.folder / GOLD, duel.after.message_ids, judged)
    return replace(
        start,
        decision=verdict.decision,
        reason=verdict.reason,
        before=figures(before, sure=not duel.first),
        after=figures(after),
        difference=verdict.difference,
        codes=verdict.codes,
        parity=parity.largest,
        changed_codes=parity.changed,
        pictures=(PICTURE,),
        notes=(*start.notes, *verdict.notes),
    )


def _teaching(case: Case, plan: Plan) -> list[Record]:
    """Return the records that taught or chose the epoch."""
    barred = set() if plan.discord_permission else case.through_discord()
    return [r for r in case.records if r.group not in plan.gold and r.message.id not in barred]


def _taught_notes(case: Case, teaching: list[Record]) -> list[str]:
    counted = Counter(r.code for r in teaching)
    codes = [c.code for c in case.source.codebook.codes if not c.uncoded]
    notes = []
    if none := [code for code in codes if not counted[code]]:
        notes.append(f"nothing to learn {names(none)} from: no verified record outside gold")
    if single := [code for code in codes if counted[code] == 1]:
        notes.append(f"a single record to learn {names(single)} from: hardly to be relied on")
    return notes


def _repeat(case: Case, plan: Plan) -> dict[str, Any]:
    """Return what gives the same coder and the same decision again, on the same machine."""
    return {
        "seed": plan.settings.seed,
        "settings": plan.settings.to_dict(),
        "base": plan.base,
        "method": str(plan.method),
        "threads": plan.threads,
        "records_sha256": case.source.sha256,
        "codebook": case.source.codebook.hash,
        "discord_permission": plan.discord_permission,
        "gold": sorted(plan.gold & case.groups),
        "versions": {
            "intercoder": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "machine": machine(),
    }


def _of(stage: str, told: Told) -> Callable[[str, int, int], None]:
    return lambda text, done, total: told(stage, text, done, total)

"""Trials of one task in this process: what they share is read and encoded once."""

from __future__ import annotations

import gc
import hashlib
import json
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.errors import IntercoderError
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec
from training.arrange import arrange
from training.base import find_base
from training.build import encoder_spec
from training.curve import Epoch
from training.data import load_source, set_aside
from training.determinism import reproducible
from training.faults import failure
from training.learn import learn
from training.machine import machine
from training.material import Material, Parts, encode, part, tokenizer_file
from training.pace import paced
from training.presets import DEFAULT, Settings, preset
from training.teachers import teaches
from training.tune.judgement import judgement
from training.tune.messages import Ended, Facts, Failed, Judged, Step, Stopped, Task, Told
from training.tune.space import held_out_by_group

_KEPT = 6  # encodings in memory: one of 11,000 messages takes some 10 to 100 MB


class _StopTrialError(Exception):
    """The search has seen enough of the trial."""


class Trainer:
    """Trains and judges with whatever settings it is given.

    The test part is dropped before anything is encoded: no trial can look at it. Raises
    InputError for data that cannot teach.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._source = source = load_source(task.file, task.codebook, task.door())
        self._arrangement = arrangement = arrange(
            source.transcript, source.codebook, with_discord=task.discord_permission is not None
        )
        self._base = find_base(task.base)
        # All that any settings may learn from: what people differ on, and what nobody coded.
        settings = replace(DEFAULT, teachers=2, disagreements="soft")
        whole = self._part(held_out_by_group(settings, task.seed))
        self.parts = _without_test(whole)
        defaults = {
            a: self._as_it_runs(held_out_by_group(preset("default", a), task.seed))
            for a in Architecture
        }
        self._encoded: OrderedDict[EncoderSpec, Material] = OrderedDict()
        self.facts = Facts(
            digest=_digest(self.parts, self._base.description, task.seed),
            records={name: len(records) for name, records in whole.split.parts().items()},
            groups={
                name: len({r.group for r in records})
                for name, records in whole.split.parts().items()
            },
            said=(
                f"codebook: {source.codebook_from}",
                f"base model: {task.base}",
                *source.transcript.notes,
                *arrangement.sentences(),
                *set_aside(source.gold),
            ),
            defaults=defaults,
            machine=machine(),
        )

    def run(self, settings: Settings, told: Told) -> Ended:
        """Train with `settings` and return how it ended; what goes wrong is an end, too."""

        def progress(text: str, done: int, total: int) -> None:
            if not told(Step(text, done, total)):
                raise _StopTrialError

        def judged(epoch: Epoch) -> None:
            if not told(Judged(epoch)):
                raise _StopTrialError

        task = self._task
        try:
            material = self.material(settings)
            with reproducible(settings.seed, task.threads):
                taught = learn(
                    material,
                    self._base,
                    settings,
                    device=task.device,
                    progress=progress,
                    say=lambda _: None,
                    learned=lambda: None,
                    judged=judged,
                )
                if taught.fit.interrupted:
                    return Stopped()
                best = taught.fit.epochs[taught.fit.best - 1]
                return judgement(taught.network, material, best)
        except _StopTrialError:
            return Stopped()
        except IntercoderError as error:
            return Failed(str(error))
        except Exception as error:  # noqa: BLE001 - one trial's fault must not end the night
            return Failed(failure("the trial", error))
        finally:
            gc.collect()  # a failed trial's network goes before the next one is built

    def material(self, settings: Settings) -> Material:
        """Return what `settings` learn from, as they read it: encoded now, or kept from earlier."""
        spec = encoder_spec(settings, self._base)
        if spec not in self._encoded:
            with tempfile.TemporaryDirectory() as folder:
                tokenizer = tokenizer_file(Path(folder), self._base.tokenizer_json)
                encoder = Encoder.from_file(tokenizer, spec)
            self._encoded[spec], _ = encode(self.parts, encoder, lambda _: None)
            while len(self._encoded) > _KEPT:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(spec)
        return replace(self._encoded[spec], parts=_without_test(self._part(settings)))

    def _as_it_runs(self, settings: Settings) -> Settings:
        """Return `settings` with the teachers, epochs and step that they come to on these data.

        They run as before: what follows from the amount of material follows again. Only `thread`
        has settings of which that is true, so units are discussions.
        """
        parts = self._part(settings).split
        taught, teachers = parts.train, 0
        if teaches(parts, settings):
            taught = (*parts.train, *parts.uncoded)
            teachers = min(settings.teachers, len({r.group for r in parts.train}))
        discussions = {r.message.discussion_key for r in taught}
        return paced(replace(settings, teachers=teachers), len(discussions))

    def _part(self, settings: Settings) -> Parts:
        """Return the file's parts; groups that it marks as gold are the test part."""
        return part(self._source, self._arrangement, settings, self._source.gold)


def _without_test(parts: Parts) -> Parts:
    seen = replace(parts.split, test=())
    records = tuple(
        r for r in parts.arrangement.records if r.group not in {t.group for t in parts.split.test}
    )
    return replace(parts, split=seen, arrangement=replace(parts.arrangement, records=records))


def _digest(parts: Parts, base: Mapping[str, Any], seed: int) -> str:
    """Return what tells trials apart that cannot be compared: other data, base model or split."""
    source = parts.source
    told = {
        "file": source.sha256,
        "codebook": source.codebook.hash,
        "messages": [r.message.id for r in (*parts.split.train, *parts.split.validation)],
        "base": dict(base),
        "seed": seed,
    }
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

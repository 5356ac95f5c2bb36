"""The zip itself: every part written aside first, then packed; the same data, the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.domain.errors import InputError
from bot.services.reliability import VERIFIED, StudyReliability, study_reliability
from bot.storage.rows import CodedDiscussion, Study
from bot.storage.store import Store
from exports.about import About
from exports.asking import wanted
from exports.codebooks.forms import codebook_form
from exports.forms import FORMS, Form, FormName
from exports.reliability.picture import draw
from exports.reliability.plain import write_plain
from exports.reliability.table import write_table
from exports.study_bundle import contents
from exports.study_bundle.methods import ModelVersion, methods_text
from exports.study_bundle.numbers import StudyNumbers, counting_along
from exports.study_bundle.trails import write_trails
from exports.writing import beside, in_thread, replacing_bytes
from exports.zipping import entry

_TRANSCRIPTS = (
    (contents.TRANSCRIPT, FormName.CSV),
    (contents.SHEETS, FormName.XLSX),
    (contents.PAGE, FormName.HTML),
    (contents.PROJECT, FormName.QDPX),
)
_NOTHING = {
    contents.PEOPLE: "no two people coded the same message before they saw any code",
    contents.EVERYBODY: "no two coders coded the same message",
    contents.MODELS: "no model has coded anything that people settled on",
}
"""Why a part with reliability is missing."""
_REPORT = ("report.md", "report.json")
Told = Callable[[str, float], None]
"""Told the name of a part, and which share of it is written, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Bundled:
    """What went into the zip: its files, the study's numbers, and why parts are missing.

    `models` are the fingerprints of the model versions that coded.
    """

    files: tuple[str, ...]
    numbers: StudyNumbers
    left_out: tuple[str, ...]
    models: frozenset[str] = frozenset()


def titles() -> tuple[str, ...]:
    """Return the names of the parts that take time, in the order in which they are written."""
    return (*(name for name, _ in _TRANSCRIPTS), contents.TRAILS)


async def write_study_bundle(
    store: Store,
    study: Study,
    path: Path,
    *,
    session: str | None = None,
    reports: Mapping[str, Path] | None = None,
    told: Told | None = None,
) -> Bundled:
    """Write everything that a reviewer of a study needs into one zip at `path`.

    `reports` are folders with a bundle's training report, by the bundle's fingerprint; of
    models without one the manifest alone goes in. Reports' predictions.csv stays out: it
    quotes the training data. Raises WritingError, and leaves what was there.
    """
    tell = told or (lambda _name, _share: None)
    with beside(path) as folder:
        work = _Work(store, study, session, folder)
        await work.transcripts(tell)
        await work.reliability()
        await work.models(reports or {})
        trails = folder / contents.TRAILS
        await write_trails(
            store, study, trails, session, lambda n, of: tell(contents.TRAILS, n / of)
        )
        await work.texts()
        files = await asyncio.to_thread(_pack, folder, path)
        models = frozenset(model.fingerprint for model in work.versions)
        return Bundled(files, work.numbers, tuple(work.left_out), models)


class _Work:
    """Writes the parts into a folder."""

    def __init__(self, store: Store, study: Study, session: str | None, folder: Path) -> None:
        self._store = store
        self._study = study
        self._session = session
        self._folder = folder
        self.numbers = StudyNumbers()
        self.left_out: list[str] = []
        self.versions: list[ModelVersion] = []
        self._people: StudyReliability | None = None
        self._checked: StudyReliability | None = None

    async def transcripts(self, tell: Told) -> None:
        """Write the transcript in every form, and the codebook; count on the first pass."""
        about = await About.read(self._store, self._study)
        sampling = await self._store.assignments.sampling(self._study.id)
        people = self._store.transcripts.speakers(self._study.id, self._session)
        self.numbers.participants = await people
        total = await self._store.transcripts.size(self._study.id, self._session)
        for number, (name, form_name) in enumerate(_TRANSCRIPTS):
            form = FORMS[form_name]
            stream = self._store.transcripts.stream(self._study.id, self._session)
            passing = _telling(stream, total, partial(tell, name))
            if number == 0:
                passing = counting_along(passing, sampling, self.numbers)
            async with aclosing(stream), aclosing(passing):
                await self._write(form, about, name, passing)
        for name in (contents.CODEBOOK, contents.CODEBOOK_REFI):
            codebook_form(Path(name)).write(self._study.codebook, self._folder / name)

    async def _write(
        self, form: Form, about: About, name: str, stream: AsyncIterator[CodedDiscussion]
    ) -> None:
        more = await wanted(form, "long", self._store, self._study, self._session)
        await form.write(stream, about, self._folder / name, more)

    async def reliability(self) -> None:
        """Measure people among themselves, blind, all coders, and models; say what cannot be."""
        (self._folder / "reliability").mkdir()
        people = sorted(self.numbers.coded_by)
        models = sorted(self.numbers.coded_by_model)
        verified = [VERIFIED] if self.numbers.verified else []
        self._people = await self._measured(contents.PEOPLE, people, blind=True)
        await self._measured(contents.EVERYBODY, [*people, *models], blind=False)
        checked = [*models, *verified]
        self._checked = await self._measured(contents.MODELS, checked, blind=False)

    async def _measured(
        self, name: str, coders: Sequence[str], *, blind: bool
    ) -> StudyReliability | None:
        found = None
        if len(coders) > 1:
            with suppress(InputError):  # nobody of them decided anything that may be compared
                found = await study_reliability(
                    self._store, self._study, session=self._session, coders=coders, blind=blind
                )
        if found is None or not found.overall.overall.n_units:
            self.left_out.append(f"{name}: {_NOTHING[name]}")
            return None
        await in_thread(lambda: _draw(found, self._folder / name))
        return found

    async def models(self, reports: Mapping[str, Path]) -> None:
        """Write what is known of each model version that coded here."""
        for coder in await self._store.studies.coders(self._study.id):
            if coder.bundle_id is None or not self.numbers.coded_by_model[coder.name]:
                continue
            manifest = await self._store.studies.manifest(coder.bundle_id)
            self.versions.append(ModelVersion(coder.name, str(coder.fingerprint), manifest))
            folder = self._folder / "models" / str(coder.fingerprint)[:12]
            folder.mkdir(parents=True)
            text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True)
            (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
            report = reports.get(str(coder.fingerprint))
            if report is None:
                self.left_out.append(f"the training report of {coder.name}: its bundle is not here")
                continue
            for file in sorted(report.iterdir()):
                if file.name in _REPORT or file.suffix == ".png":
                    (folder / file.name).write_bytes(file.read_bytes())

    async def texts(self) -> None:
        """Write the methods paragraph and the first page."""
        about = await About.read(self._store, self._study)
        sampling = await self._store.assignments.sampling(self._study.id)
        told = methods_text(
            about,
            self.numbers,
            sampling,
            self.versions,
            self._people,
            self._checked,
            self._session,
        )
        (self._folder / contents.METHODS).write_text(told, encoding="utf-8")
        files = (*_files(self._folder), contents.SUMS)
        first = contents.page(self._study.name, self._session, self.numbers, files, self.left_out)
        (self._folder / contents.ABOUT).write_text(first, encoding="utf-8")


async def _telling(
    stream: AsyncIterator[CodedDiscussion], total: int, tell: Callable[[float], None]
) -> AsyncGenerator[CodedDiscussion]:
    done = 0
    async for coded in stream:
        yield coded
        done += len(coded.discussion.messages)
        tell(done / max(total, 1))


def _draw(found: StudyReliability, place: Path) -> None:
    write_plain(found, place.with_suffix(".json"))
    write_table(found, place.with_suffix(".csv"))
    draw(found, place.with_suffix(".png"))


def _files(folder: Path) -> list[str]:
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return sorted(found)


def _pack(folder: Path, path: Path) -> tuple[str, ...]:
    files = _files(folder)
    sums = []
    with replacing_bytes(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name in files:
            digest = hashlib.sha256()
            source = folder / name
            size = source.stat().st_size
            with source.open("rb") as part, archive.open(entry(name, size), "w") as packed:
                while piece := part.read(1 << 20):
                    digest.update(piece)
                    packed.write(piece)
            sums.append(f"{digest.hexdigest()}  {name}\n")
        archive.writestr(entry(contents.SUMS), "".join(sums))
    return (*files, contents.SUMS)

"""What a rehearsal plays and what codes it, read from files before anything is started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import training
from bot.domain.coded_source import ChosenCodebook, choose_codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import about
from bot.domain.layout import load_transcript
from bot.domain.reading import read_utf8
from bot.domain.scenario_list import load_scenario_list
from bot.domain.transcript import Transcript
from bot.encoding.scenarios import check_scenarios
from bot.inference.bundle import MANIFEST, Bundle, load_bundle
from bot.rehearsal.play.load_groups import load_groups
from bot.rehearsal.play.stage import Play
from bot.services.study import check_labels

SAMPLE = Path(training.__file__).with_name("sample_study") / "discussions.csv"
_SCENARIOS = "scenarios.toml"


def found_bundle(given: Path | None, spare: Path) -> Bundle | None:
    """Return the bundle that was given, else the spare one if it is there; raises BundleError."""
    if given is not None:
        return load_bundle(given.absolute())
    return load_bundle(spare.absolute()) if (spare / MANIFEST).exists() else None


def read_play(file: Path | None, codebook: Path | None, groups: int, bundle: Bundle | None) -> Play:
    """Return the first `groups` groups of a file, with its codebook and scenarios.

    Of the sample study they are the last, which the starter coder has not learned from. Raises
    InputError with file and line.
    """
    path = file or SAMPLE
    whole = load_transcript(path)
    transcript = whole.only(whole.threads[:groups] if file else whole.threads[-groups:])
    spare = None
    if bundle is not None:
        spare = ChosenCodebook(bundle.manifest.codebook, f"bundle {bundle.manifest.name!r}")
    book = choose_codebook(path, transcript, codebook, spare=spare).codebook
    if bundle is not None:
        with about(path):
            check_labels(bundle.manifest, book)
        check_scenarios(path, transcript, bundle.encoder())
    return Play(path.stem, transcript, book, _scenarios(path, transcript))


def read_load(file: Path | None, codebook: Path | None, groups: int, bundle: Bundle | None) -> Play:
    """Return `groups` full groups made of a file's, all with its first scenario.

    They are coded by the bundle's own codes: how fast it is does not depend on whose they are.
    """
    path = file or SAMPLE
    transcript = load_transcript(path)
    scenario = _scenarios(path, transcript)[0]
    with about(path):
        gathered = load_groups(transcript, scenario, groups)
    if bundle is not None:
        check_scenarios(path, gathered, bundle.encoder())
        return Play(path.stem, gathered, bundle.manifest.codebook, (scenario,))
    return Play(
        path.stem, gathered, choose_codebook(path, transcript, codebook).codebook, (scenario,)
    )


def _scenarios(path: Path, transcript: Transcript) -> tuple[Scenario, ...]:
    """Return the transcript's scenarios in their order, with titles of the list beside the file."""
    listed = path.with_name(_SCENARIOS)
    titles: dict[str, str] = {}
    if listed.is_file():
        read = load_scenario_list(read_utf8(listed), listed.name, listed)
        titles = {scenario.id: scenario.title for scenario in read}
    found: dict[str, Scenario] = {}
    for discussion in transcript.discussions:
        scenario = discussion.scenario
        title = titles.get(scenario.id) or scenario.title or scenario.id
        found.setdefault(scenario.id, replace(scenario, title=title))
    return tuple(found.values())

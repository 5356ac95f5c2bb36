"""`intercoder demo`: the whole way on the sample study, from coded talk to exported codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.state import State, state
from bot.domain.counting import many

if TYPE_CHECKING:
    from bot.commands.outcome import ReplayOutcome
    from training.presets import Settings

_SHOWN = 2  # discussions printed; the exports hold them all


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the sample study a demo takes; `name` keeps its files apart."""

    name: str
    bundle: str
    held_out: int
    groups: int | None
    epochs: int


WHOLE = Size("demo", "starter", held_out=3, groups=None, epochs=5)
SMALL = Size("demo-small", "starter-small", held_out=1, groups=4, epochs=1)


def demo(
    context: typer.Context,
    small: Annotated[
        bool, typer.Option("--small", help="A few groups, one epoch: to see that all works.")
    ] = False,
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where everything is written.")
    ] = Path("data"),
) -> None:
    """Train a starter coder on the sample study, code unseen groups with it, export.

    A second run takes what the first one made.
    """
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick

    given = state(context)
    size = SMALL if small else WHOLE
    outcome = _code(given, size, folder)
    for line in _told(given.out, outcome):
        given.out.print(escape(line), soft_wrap=True)
    exports = folder / "exports"
    for line in run_until_signalled(_export(outcome, folder / size.name, exports, size.name)):
        given.out.print(escape(line), soft_wrap=True)
    for line in _next(folder, size, given.settings.model.bundle):
        given.out.print(escape(line), soft_wrap=True)


def _code(given: State, size: Size, folder: Path) -> ReplayOutcome:
    """Train or take the starter, and send the unseen groups through the live path."""
    from bot.commands.coding_run import CodingRun, replay_file  # noqa: PLC0415 - --help is quick
    from bot.commands.sample import write_sample  # noqa: PLC0415
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415
    from bot.commands.starter import Starter, starter_bundle  # noqa: PLC0415

    model = given.settings.model
    sample = write_sample(folder / size.name, size.held_out, size.groups)
    starter = Starter(
        folder / "bundles" / size.bundle, _settings(size.epochs), model.device, model.threads
    )
    bundle = starter_bundle(starter, sample, given.err)
    run = CodingRun(
        file=sample.unseen,
        database=_database(folder / size.name),
        bundle=bundle.path,
        study="sample",
        session="unseen groups",
        codebook=sample.codebook_file,
        device=model.device,
        threads=model.threads,
    )
    return run_until_signalled(replay_file(run, given.err))


def _settings(epochs: int) -> Settings:
    from dataclasses import replace  # noqa: PLC0415 - with the rest

    from training.presets import preset  # noqa: PLC0415

    return replace(
        preset("default"),
        epochs=epochs,
        step=1,  # the sample has few discussions: more steps teach more in the same time
        learning_rate=1.5e-4,
        oversample_min=30,
        oversample_total=0,  # 2,000 drawn from 800 would be the same messages over and over
    )


def _database(folder: Path) -> str:
    from bot.storage.sqlite import sqlite_url  # noqa: PLC0415 - --help is quick

    return sqlite_url(folder / "demo.db")


def _told(console: Console, outcome: ReplayOutcome) -> Iterator[str]:
    """Print the first discussions; yield what is to be said of all of them."""
    from bot.commands.coded_table import coded_table  # noqa: PLC0415 - --help is quick
    from bot.commands.summary import summary  # noqa: PLC0415

    transcript = outcome.file.transcript
    coder = next(iter(outcome.agreements), "")
    for discussion in transcript.discussions[:_SHOWN]:
        console.print(
            coded_table(discussion, outcome.codings, transcript.codes, coder, outcome.file.codebook)
        )
    yield from summary(outcome)
    yield (
        "The sample study is small and invented: this agreement shows that all parts work "
        "together, not how well the method codes real groups (docs/results.md tells that)."
    )


async def _export(
    outcome: ReplayOutcome, database: Path, folder: Path, name: str
) -> tuple[str, ...]:
    """Write the transcript and the codebook to `folder`; return what was written."""
    from contextlib import aclosing  # noqa: PLC0415 - with the rest below

    from bot.commands.sample import make_folder  # noqa: PLC0415 - --help is quick
    from bot.storage.store import Store  # noqa: PLC0415
    from exports.about import About  # noqa: PLC0415
    from exports.codebooks.codebook_toml import write_codebook  # noqa: PLC0415
    from exports.forms import FORMS  # noqa: PLC0415

    make_folder(folder)
    study = outcome.study
    table, lines, book = (folder / f"{name}{end}" for end in (".csv", ".jsonl", "-codebook.toml"))
    async with await Store.open(_database(database)) as store:
        about = await About.read(store, study)
        for form, path in (("csv", table), ("jsonl", lines)):
            async with aclosing(store.transcripts.stream(study.id)) as discussions:
                counted = await FORMS[form].write(discussions, about, path)
    write_codebook(study.codebook, book)
    messages = many(counted.messages, "message")
    return (
        f"{table}: {messages} with {many(counted.codings, 'coding')}, for a spreadsheet",
        f"{lines}: the same, one JSON object a message",
        f"{book}: the codebook",
    )


def _next(folder: Path, size: Size, configured: Path) -> Iterator[str]:
    bundle, database = folder / "bundles" / size.bundle, folder / size.name / "demo.db"
    yield ""
    yield "What to do next:"
    yield f"  read {bundle / 'report' / 'report.md'}: how the starter was trained and judged"
    yield f"  intercoder train FILE --out {folder / 'bundles' / 'mine'}: a coder of your own"
    yield "    (FILE has the columns of " + str(folder / size.name / "training.csv") + ")"
    yield f"  intercoder replay FILE --bundle {bundle} --database {database}"
    if bundle.absolute() != configured.absolute():
        yield f"  INTERCODER_MODEL__BUNDLE={bundle} in .env: this coder, without --bundle"
    yield "  intercoder doctor: what is configured, found and missing for the live bot"

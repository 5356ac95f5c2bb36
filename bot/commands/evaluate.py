"""`intercoder evaluate`: how well a bundle agrees with people on messages it has not seen."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.commands.abstention_view import print_abstention
from bot.commands.options import TALK, ScenarioList
from bot.commands.state import state
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.inference.kinds import DeviceKind, EngineKind

if TYPE_CHECKING:
    from training.evaluate import Evaluation
    from training.metrics import Metrics


_KEYS = ("bundle", "file", "n", "kappa", "per_code")
"""What tells earlier figures of this command from other JSON."""


class Part(StrEnum):
    """Which of the file's messages are judged."""

    TEST = "test"
    ALL = "all"


def evaluate(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The trained coder's folder.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=TALK)],
    *,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the figures here, too.")
    ] = None,
    png_out: Annotated[
        Path | None,
        typer.Option("--png", metavar="OUT", help="And a picture of what confidence is worth."),
    ] = None,
    split: Annotated[
        Part, typer.Option(help="test: leave out what it learned from; all: judge everything.")
    ] = Part.TEST,
    scenarios: ScenarioList = None,
    engine: Annotated[EngineKind, typer.Option(help="What computes.")] = "auto",
    device: Annotated[DeviceKind, typer.Option(help="Where it computes.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="Else every core.")] = None,
) -> None:
    """Code a human-coded file with a bundle and measure the agreement."""
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.picture_file import check_picture, write_picture  # noqa: PLC0415 - as above
    from bot.commands.stages import stages  # noqa: PLC0415
    from bot.commands.training_extra import train_extra  # noqa: PLC0415

    given = state(context)
    if png_out is not None:
        _spare_input(png_out, file)
        check_picture(png_out)
    if json_out is not None:
        _spare_input(json_out, file)
        check_writable(json_out, _KEYS)
    with train_extra("evaluate"), stages(given.err, "messages judged") as progress:
        from exports.incoming.files import door  # noqa: PLC0415 - as above
        from training.evaluate import evaluate_bundle  # noqa: PLC0415 - scikit-learn

        found = evaluate_bundle(
            bundle,
            file,
            part=split.value,
            engine=engine,
            device=device,
            threads=threads,
            progress=progress,
            door=door(scenarios),
        )
    print_evaluation(given.out, found)
    if png_out is not None:
        from training.report.confidence_plots import confidence_png  # noqa: PLC0415 - matplotlib

        write_picture(png_out, confidence_png(found.metrics))
        given.out.print(escape(f"{png_out}: the picture."), soft_wrap=True)
    if json_out is not None:
        write_json(json_out, _plain(found, bundle, file, split))
        given.out.print(escape(f"{json_out}: the figures."), soft_wrap=True)


def print_evaluation(console: Console, found: Evaluation) -> None:
    """Print what was judged, the measures with their intervals, and the table of codes."""
    from bot.reliability.resampling import interval_note  # noqa: PLC0415 - numpy
    from training.people import people_sentences  # noqa: PLC0415 - --help is quick

    for line in (*found.notes, *found.arrangement.sentences()):
        console.print(escape(line), soft_wrap=True)
    left = f"; {found.left_out} left out" if found.left_out else ""
    console.print(escape(f"{found.records} {found.said}{left}"), soft_wrap=True)
    console.print(_overall(found.metrics))
    if note := interval_note(found.metrics.groups):
        console.print(f"({note})", soft_wrap=True)
    for line in people_sentences(found.arrangement.people):
        console.print(escape(line), soft_wrap=True)
    console.print(_codes(found.metrics))
    for code, count in found.metrics.unknown.items():
        verb = "has" if count == 1 else "have"
        told = f"{many(count, 'message')} {verb} code {code}, which the bundle does not know."
        console.print(escape(told), soft_wrap=True)
    print_abstention(console, found)


def _overall(metrics: Metrics) -> Table:
    from bot.commands.figures import (  # noqa: PLC0415
        interval,
        number,
        percent,
        percent_interval,
    )

    table = Table("measure", Column("value", justify="right"), "95 % interval over groups")
    table.add_row("messages", str(metrics.n), "")
    table.add_row("groups", str(metrics.groups), "")
    table.add_row(
        "accuracy",
        percent(metrics.accuracy),
        percent_interval(metrics.accuracy_low, metrics.accuracy_high),
    )
    table.add_row(
        "Cohen's kappa", number(metrics.kappa), interval(metrics.kappa_low, metrics.kappa_high)
    )
    table.add_row(
        "macro-F1",
        number(metrics.macro_f1),
        interval(metrics.macro_f1_low, metrics.macro_f1_high),
    )
    table.add_row("calibration error (ECE)", number(metrics.ece), "")
    return table


def _codes(metrics: Metrics) -> Table:
    from bot.commands.figures import number  # noqa: PLC0415

    names = ("people", "model", "precision", "recall", "F1", "kappa")
    table = Table("code", *(Column(name, justify="right") for name in names))
    for code, m in metrics.per_code.items():
        shares = map(number, (m.precision, m.recall, m.f1, m.kappa))
        table.add_row(escape(code), str(m.n), str(m.predicted), *shares)
    return table


def _spare_input(out: Path, file: Path) -> None:
    """Raise InputError for figures that would replace the file that is judged."""
    if out.exists() and file.exists() and out.samefile(file):
        raise InputError(
            "this is the file that is to be judged", "write the figures elsewhere", source=out
        )


def _plain(found: Evaluation, bundle: Path, file: Path, split: Part) -> dict[str, Any]:
    return {
        "bundle": str(bundle),
        "file": str(file),
        "split": split.value,
        "left_out": found.left_out,
        "said": found.said,
        "notes": list(found.notes),
        "people": [pair.to_dict() for pair in found.arrangement.people],
        "temperature": found.temperature,
        "thresholds": [asdict(each) for each in found.thresholds],
        **found.metrics.to_dict(),
    }

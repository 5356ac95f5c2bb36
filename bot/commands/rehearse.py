"""`intercoder rehearse`: a whole session without Discord, with the real bot and scripted people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.options import CodebookFile
from bot.commands.state import state
from bot.domain.errors import InputError
from bot.inference.kinds import DeviceKind, EngineKind

_KEYS = ("rehearsal",)  # what tells earlier figures of this command from other JSON
_WRONG = 1  # exit code where messages were lost or came twice
_SPEED = 20.0
_PHASES = "real,fast,steady,rise"
_RETRAIN = frozenset(("steady", "training", "changes"))


def rehearse(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Who says what: a CSV in the import layout; else the sample study.",
        ),
    ] = None,
    *,
    load: Annotated[
        bool, typer.Option("--load", help="Measure many groups at once instead of rehearsing.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(min=0.1, help=f"Times the recorded pace, else {_SPEED:g}; not for --load."),
    ] = None,
    groups: Annotated[
        int | None,
        typer.Option(min=1, max=200, help="How many groups; else 3 at most, under load 40."),
    ] = None,
    phases: Annotated[
        str | None, typer.Option(help=f"Of --load: some of {_PHASES}; else all.")
    ] = None,
    retrain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Of --load: one steady minute, one beside a training from FILE, one in which the "
            "coder is changed.",
        ),
    ] = None,
    codebook: CodebookFile = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The coder; else that of the settings.")
    ] = None,
    engine: Annotated[EngineKind | None, typer.Option(help="What computes.")] = None,
    device: Annotated[DeviceKind | None, typer.Option(help="Where it computes.")] = None,
    openapi: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Discord's openapi.json: hold everything against it."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep database, exports and the bot's log here."),
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Draw panel, menus and answers as SVG.")
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the figures here, too.")
    ] = None,
) -> None:
    """Rehearse a session: a loopback Discord, the real bot, people who talk from a file.

    Set-up, scenarios, corrections, export, end and review, as on the day of the experiment. Exit
    code 1 if a message was lost or came twice.
    """
    from bot.commands.json_file import check_writable, write_json  # noqa: PLC0415 - --help is quick
    from bot.commands.rehearsal_run import Choices, rehearse_with  # noqa: PLC0415 - as above
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above

    given = state(context)
    if load and speed is not None:
        raise InputError("--speed is not for --load", "leave it out: --phases names the paces")
    if phases is not None and not load:
        raise InputError("--phases is for --load", "add --load, or leave it out")
    if retrain is not None and (not load or phases is not None):
        raise InputError("--retrain is for --load alone", "add --load, leave --phases out")
    if retrain is not None and not retrain.is_file():
        raise InputError("there is no such file", "name one to train from", source=retrain)
    if json_out is not None:
        check_writable(json_out, _KEYS)
    model = given.settings.model
    chosen = _phases(phases or _PHASES) if retrain is None else _RETRAIN
    choices = Choices(
        file=file,
        groups=groups,
        speed=speed or _SPEED,
        phases=chosen if load else None,
        codebook=codebook,
        bundle=bundle,
        spare_bundle=model.bundle,
        engine=engine or model.engine,
        device=device or model.device,
        threads=model.threads,
        openapi=openapi,
        keep=keep,
        pictures=pictures,
        retrain=None if retrain is None else retrain.absolute(),
    )
    figures, good = run_until_signalled(rehearse_with(choices, given.out, given.err))
    if json_out is not None:
        write_json(json_out, figures)
        given.out.print(escape(f"{json_out}: the figures."), soft_wrap=True)
    if not good:
        raise typer.Exit(_WRONG)


def _phases(text: str) -> frozenset[str]:
    known = _PHASES.split(",")
    named = [word.strip() for word in text.split(",") if word.strip()]
    for word in named:
        if word not in known:
            raise InputError(f"there is no phase {word!r}", f"name some of {', '.join(known)}")
    if not named:
        raise InputError("--phases names no phase", f"name some of {', '.join(known)}")
    return frozenset(named)

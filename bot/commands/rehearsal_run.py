"""A rehearsal from its choices to its figures: stage, view, course, verdict."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from bot.commands.rehearsal_end import RehearsalEnd
from bot.commands.rehearsal_load import beside_lines, load_table, measure
from bot.commands.rehearsal_plan import SAMPLE, found_bundle, read_load, read_play
from bot.commands.rehearsal_view import RehearsalView
from bot.commands.sample import make_folder
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.rehearsal.contract.description import Description
from bot.rehearsal.play.pictures import Pictures
from bot.rehearsal.play.script import Course, length, play_through
from bot.rehearsal.play.shown import Shown
from bot.rehearsal.play.stage import CoderChoice, Play, Stage
from bot.rehearsal.play.stand_in import stand_in
from bot.rehearsal.play.verdict import Verdict, judge

_BEAT = 5.0  # seconds between heartbeats: often enough to see in minutes whether any is late
_MINUTE = 60
_GROUPS = 3
_LOAD_GROUPS = 40
_CASTING = 3.0  # seconds that set-up and the end take, about


@dataclass(frozen=True, slots=True)
class Choices:
    """What was asked for on the command line; `phases` None: rehearse, do not measure.

    `groups` None: as many as the file has, but no more than a few.
    """

    file: Path | None
    groups: int | None
    speed: float
    phases: frozenset[str] | None
    codebook: Path | None
    bundle: Path | None
    spare_bundle: Path
    engine: str
    device: str
    threads: int | None
    openapi: Path | None
    keep: Path | None
    pictures: Path | None
    retrain: Path | None = None


async def rehearse_with(
    choices: Choices, out: Console, err: Console
) -> tuple[dict[str, Any], bool]:
    """Rehearse, or measure; return the figures and whether nothing was lost or came twice.

    What happens is shown on `err`, what it came to on `out`. Raises IntercoderError.
    """
    if choices.pictures is not None:
        make_folder(choices.pictures, "--pictures")
    description = _description(choices.openapi)
    with _folder(choices.keep) as folder:
        play, choice = _prepared(choices, folder, out)
        names: dict[str, str] = {}
        shown = Shown(names)
        pictures = None if choices.pictures is None else Pictures(choices.pictures, shown)
        view = RehearsalView(err, shown, pictures)
        stage = Stage(
            play,
            choice,
            folder,
            description=description,
            asked=view.asked,
            panel_seen=view.panel,
            heartbeat=_BEAT,
        )
        names.update(_names(stage))
        figures: dict[str, Any] = {"rehearsal": play.name, "groups": len(stage.threads)}
        began = time.monotonic()
        async with stage, _logged(stage, folder):
            if choices.phases is None:
                _say_length(stage, choices.speed, err)
                course = Course(choices.speed, folder if choices.keep else None, view.heard)
                with view.open("said", len(play.transcript.messages)):
                    await play_through(stage, course)
            else:
                figures["load"] = await measure(stage, choices.phases, err, choices.retrain)
            stopped = await stage.bot.stop()
        figures["seconds"] = round(time.monotonic() - began, 1)
        end = RehearsalEnd.of(stage, await _judged(stage), stopped)
        if choices.phases is None:
            out.print(view.last())
        else:
            out.print(load_table(figures["load"]))
            for sentence in beside_lines(figures["load"].get("beside", {})):
                out.print(sentence, soft_wrap=True)
        end.print(out)
        for path in () if pictures is None else pictures.drawn:
            out.print(escape(f"{path}: a picture."), soft_wrap=True)
        if choices.keep is not None:
            out.print(escape(f"{choices.keep}: database, exports, the bot's log."), soft_wrap=True)
        return figures | end.to_dict(), end.verdict.good


def _prepared(choices: Choices, folder: Path, out: Console) -> tuple[Play, CoderChoice]:
    """Return what is played and what codes it; says where there is no trained coder."""
    bundle = found_bundle(choices.bundle, choices.spare_bundle)
    read: Callable[..., Play] = read_play if choices.phases is None else read_load
    most = choices.groups or (_GROUPS if choices.phases is None else _LOAD_GROUPS)
    play = read(choices.file, choices.codebook, most, bundle)
    if choices.groups is not None and len(play.transcript.threads) < choices.groups:
        path = choices.file or SAMPLE
        raise InputError(
            f"{many(choices.groups, 'group')} are to talk and there are "
            f"{len(play.transcript.threads)}",
            "ask for fewer with --groups",
            source=path,
        )
    if bundle is not None:
        return play, CoderChoice(bundle.path, choices.engine, choices.device, choices.threads)
    out.print(
        escape(
            f"There is no trained coder in {choices.spare_bundle}: a stand-in that knows nothing "
            "codes at random. `intercoder demo` trains one."
        ),
        soft_wrap=True,
    )
    made = stand_in(folder / "stand-in", play.codebook)
    return play, CoderChoice(made.path, "fake")


@asynccontextmanager
async def _logged(stage: Stage, folder: Path) -> AsyncIterator[None]:
    """Write what the bot said last to `bot.log` in the folder, however the block ends."""
    try:
        yield
    finally:
        (folder / "bot.log").write_text("\n".join(stage.bot.lines) + "\n", encoding="utf-8")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder of a rehearsal's files: the one to keep, which must be new, or another."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="intercoder-") as made:
            yield Path(made)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InputError("something is there already", "name a new folder", source=keep)
    make_folder(keep, "--keep")
    yield keep.absolute()


def _description(path: Path | None) -> Description | None:
    if path is None:
        return None
    try:
        from bot.rehearsal.contract.openapi import OpenApi  # noqa: PLC0415 - jsonschema: an extra
    except ModuleNotFoundError as error:
        raise InputError(
            f"--openapi needs {error.name}, which is not installed",
            "pip install 'intercoder[dev]', or leave --openapi out",
        ) from None
    return OpenApi(path)


def _names(stage: Stage) -> Mapping[str, str]:
    """Return what mentions stand for."""
    guild = stage.guild
    named = {channel.id: channel.name for channel in guild.channels.values()}
    named |= {role.id: role.name for role in guild.roles.values()}
    return named | {member.id: member.name for member in guild.members.values()}


async def _judged(stage: Stage) -> Verdict:
    deleted = {s.id for s in stage.people.said if s.line.id in stage.play.transcript.deleted}
    return await judge(stage.database, [said.id for said in stage.people.said], deleted)


def _say_length(stage: Stage, speed: float, err: Console) -> None:
    seconds = length(stage, speed) + _CASTING * len(stage.play.scenarios)
    err.print(
        f"{many(len(stage.threads), 'group')}, "
        f"{many(len(stage.play.transcript.messages), 'message')}, "
        f"{many(len(stage.play.scenarios), 'scenario')} at {speed:g} times the recorded pace: "
        + ("under a minute." if seconds < _MINUTE else f"about {round(seconds / 60)} min."),
        soft_wrap=True,
    )

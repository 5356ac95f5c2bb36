"""The course of a rehearsal: what staff do and what people say, from set-up to review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.discussion import Scenario
from bot.domain.transcript import Transcript
from bot.rehearsal.play.latencies import Timings
from bot.rehearsal.play.people import Said, aligned
from bot.rehearsal.play.reviewing import code_blind
from bot.rehearsal.play.stage import Stage
from bot.rehearsal.staff.interactions import Answer
from bot.rehearsal.staff.menus import option_of, select_of

_SPARE = 2.0  # minutes that a scenario may take longer than people talk
_CORRECTIONS = 2  # for each scenario


@dataclass(frozen=True, slots=True)
class Course:
    """How it is played: `speed` times the recorded pace (None: no waiting).

    `heard` is told of each message said, `files` is where exports are kept.
    """

    speed: float | None
    files: Path | None = None
    heard: Callable[[Said], None] = lambda _: None


async def play_through(stage: Stage, course: Course) -> None:
    """Rehearse a whole session: set-up, scenarios, corrections, export, end, review.

    Raises BotError or StalledError if the bot ends or codes no more.
    """
    play, staff = stage.play, stage.researcher
    await stage.set_up()
    await stage.ask(staff, "codebook show")
    await stage.ask(staff, "session start", "has begun", name="rehearsal")
    timings = Timings(stage.timings)
    for number, scenario in enumerate(play.scenarios):
        talk = _about(play.transcript, scenario)
        minutes = _minutes(talk, course.speed)
        await stage.ask(staff, "scenario next", "runs in", minutes=minutes)
        before = len(stage.people.said)
        await stage.people.talk(talk, course.speed, course.heard)
        said = stage.people.said[before:]
        await timings.until_coded(one for one in said if one.line.id not in talk.deleted)
        if said:
            await _correct(stage, said)
        if not number and said:
            await _look(stage, said)
    await stage.ask(staff, "scenario list")
    await stage.ask(staff, "session status")
    await stage.ask(staff, "model status")
    for kind in ("csv", "codebook"):
        _keep(course.files, await stage.ask(staff, "export", format=kind))
    await stage.ask(staff, "session end", "has ended")
    await stage.until_panel("(ended)")
    await code_blind(stage)


async def _correct(stage: Stage, said: list[Said]) -> None:
    """Let the coder correct some messages by the menu: to the people's code where there is one."""
    coded = [one for one in said if stage.play.transcript.codes.get(one.line.id)] or said
    step = max(1, len(coded) // _CORRECTIONS)
    for one in coded[::step][:_CORRECTIONS]:
        staff = stage.coder.at(stage.threads[one.line.thread_id])
        menu = stage.told("Correct code", await staff.context_menu("Correct code", one.id))
        codes = stage.play.transcript.codes.get(one.line.id, {}).values()
        select = select_of(menu.components)
        value = option_of(select, next(iter(codes), None))
        stage.told("(a code is chosen)", await staff.select(menu, [value], select["custom_id"]))


async def _look(stage: Stage, said: list[Said]) -> None:
    """Use the other ways to a code once: show, note, set, the menus."""
    last = said[-1]
    code = stage.play.codebook.codes[0].code
    staff = stage.coder.at(stage.threads[last.line.thread_id])
    stage.told("Show code", await staff.context_menu("Show code", last.id))
    await stage.ask(staff, "code set", message=last.id, code=code, note="as rehearsed")
    await stage.ask(staff, "code note", message=last.id, text="to be discussed")
    await stage.ask(staff, "code show", message=last.id)


def _about(transcript: Transcript, scenario: Scenario) -> Transcript:
    """Return the groups' talk about one scenario, all beginning at once."""
    talks = tuple(d for d in transcript.discussions if d.scenario.id == scenario.id)
    return aligned(replace(transcript, discussions=talks))


def _minutes(talk: Transcript, speed: float | None) -> float:
    """Return how long a scenario is planned to take."""
    if speed is None:
        return _SPARE
    return round(seconds(talk) / speed / 60 + _SPARE, 2)


def seconds(talk: Transcript) -> float:
    """Return how long the recorded talk took from its first message to its last."""
    times = [m.sent_at for m in talk.messages if m.sent_at is not None]
    return (max(times) - min(times)).total_seconds() if times else 0.0


def length(stage: Stage, speed: float | None) -> float:
    """Return how many seconds people will talk in all."""
    if speed is None:
        return 0.0
    play = stage.play
    return sum(seconds(_about(play.transcript, s)) for s in play.scenarios) / speed


def _keep(folder: Path | None, answer: Answer) -> None:
    if folder is not None:
        for name, data in answer.attachments.items():
            (folder / Path(name).name).write_bytes(data)

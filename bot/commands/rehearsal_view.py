"""A rehearsal in the terminal: the staff panel, the last answers, how far it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.commands.progress import Report, progress
from bot.rehearsal.play.people import Said
from bot.rehearsal.play.pictures import Pictures
from bot.rehearsal.play.shown import Shown, payload_of
from bot.rehearsal.staff.answers import Answer
from bot.rehearsal.world.messages import Json

_ANSWERS = 2  # shown of those given
_LINE = 120  # characters of a command, and of what was answered, in plain lines
_PICTURES = {
    "Correct code": ("correct-code", "Correct code"),
    "Show code": ("show-code", "Show code"),
    "/session end": ("summary", "The end of a session"),
    "/scenario list": ("scenario", "The scenario list"),
    "/review next": ("review", "A message to be coded blind"),
    "/review adjudicate": ("adjudicate", "Where two coders differ"),
}


class RehearsalView:
    """Shows what happens; in a terminal live, elsewhere line by line."""

    def __init__(self, console: Console, shown: Shown, pictures: Pictures | None) -> None:
        self._console = console
        self._shown = shown
        self._pictures = pictures
        self._answers: deque[tuple[str, Answer]] = deque(maxlen=_ANSWERS)
        self._panel: Json | None = None
        self._bar: Progress | None = None
        self._live: Live | None = None
        self._report: Report = _nothing
        self._said = 0

    @contextmanager
    def open(self, title: str, total: int) -> Iterator[None]:
        """Show progress towards `total` messages while the block runs."""
        if not self._console.is_terminal:
            with progress(self._console, title, total) as self._report:
                yield
            return
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        task = self._bar.add_task(title, total=total)
        bar = self._bar

        def report(done: int) -> None:
            bar.update(task, completed=done)

        self._report = report
        with Live(console=self._console, get_renderable=self._whole, refresh_per_second=4) as live:
            self._live = live
            yield
        self._live = None

    def heard(self, _said: Said) -> None:
        """Count a message that was said."""
        self._said += 1
        self._report(self._said)

    def asked(self, typed: str, answer: Answer) -> None:
        """Show a command as it was typed, and what the bot answered."""
        self._answers.append((typed, answer))
        if answer.message is not None and self._pictures is not None:
            named = next((n for key, n in _PICTURES.items() if typed.startswith(key)), None)
            if named is not None:
                self._pictures.draw(*named, payload_of(answer.message), above=typed)
        if self._live is None:
            first = next(
                (line for line in answer.text.splitlines() if any(map(str.isalnum, line))), ""
            )
            told = shortened(self._shown.text(first).plain)
            self._console.print(
                f"[bold]{escape(shortened(typed))}[/bold]: {escape(told)}", soft_wrap=True
            )

    def panel(self, payload: Json) -> None:
        """Take the panel as it now stands."""
        self._panel = payload
        if self._pictures is None:
            return
        # The picture is of a session that runs, if there is time for one.
        if not _ended(payload) or "panel" not in {path.stem for path in self._pictures.drawn}:
            self._pictures.draw("panel", "The staff panel", payload)

    def last(self) -> RenderableType:
        """Return the panel as it stood last; without one, that there was none."""
        return Text("There was no panel.") if self._panel is None else self._panel_shown()

    def _panel_shown(self) -> RenderableType:
        return self._shown.message(self._panel or {})

    def _whole(self) -> RenderableType:
        # The terminal may be too low for all: its end is cut off.
        parts: list[RenderableType] = [] if self._bar is None else [self._bar]
        if self._panel is not None:
            parts.append(self._panel_shown())
        for typed, answer in reversed(self._answers):
            parts.append(Text(typed, "bold magenta"))
            if answer.message is not None:
                parts.append(self._shown.message(payload_of(answer.message)))
        return Group(*parts)


def _ended(panel: Json) -> bool:
    return str(panel["embeds"][0].get("title", "")).endswith("(ended)")


def shortened(text: str) -> str:
    """Return a text that fits on one line or two of a terminal."""
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def _nothing(_done: int) -> None:
    pass

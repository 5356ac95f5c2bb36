"""Progress of work that comes in stages, each with a total of its own, and with remarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.markup import escape

from bot.commands.progress import Report, progress

Told = Callable[[str, int, int], None]
"""Is told what is being done, the steps done and the steps in all."""


@contextmanager
def stages(console: Console, title: str) -> Iterator[Told]:
    """Show each stage's progress while the block runs; the first stage is called `title`.

    A new total begins a stage, called as the work then says. A call that does not get
    further is a remark, such as how an epoch went, and stays on the screen.
    """
    with ExitStack() as shown:
        yield _Stages(console, title, shown)


class _Stages:
    def __init__(self, console: Console, title: str, shown: ExitStack) -> None:
        self._console = console
        self._title = title
        self._shown = shown
        self._report: Report | None = None
        self._done = 0
        self._total = 0

    def __call__(self, text: str, done: int, total: int) -> None:
        if self._report is None or total != self._total:
            title = self._title if self._report is None else text
            self._shown.close()
            self._report = self._shown.enter_context(progress(self._console, title, total))
            self._done, self._total = 0, total
        if done == self._done:
            self._console.print(escape(f"  {text}"), soft_wrap=True)
        else:
            self._done = done
            self._report(done)

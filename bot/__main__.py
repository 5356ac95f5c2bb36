"""The composition root: run one command, and turn what goes wrong into a sentence."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.markup import escape
from typer import Typer, TyperException

from bot.commands.app import build
from bot.commands.state import State
from bot.commands.usage import usage_sentence
from bot.domain.errors import IntercoderError

DONE, UNEXPECTED, WRONG = 0, 1, 2
STOPPED = {130: "Ctrl-C", 143: "SIGTERM"}


def run(
    arguments: Sequence[str],
    state: State | None = None,
    *,
    build: Callable[[], Typer] = build,
    name: str = "intercoder",
) -> int:
    """Run the command line that `build` makes, called `name`, and return its exit code.

    0: done. 1: a check found something, or the program itself failed. 2: an input, a setting
    or the usage is wrong, told in one sentence. 130, 143: stopped by Ctrl-C or SIGTERM. With
    --debug, errors come with their traceback.
    """
    state = state or State()
    try:
        app = build()
        ended = app(args=list(arguments), prog_name=name, obj=state, standalone_mode=False)
        code = ended if isinstance(ended, int) else DONE  # that of typer.Exit
        if code in STOPPED:
            state.err.print(f"Stopped by {STOPPED[code]}.", style="yellow")
        return code
    except TyperException as error:
        if sentence := usage_sentence(error):
            state.err.print(f"[red]{escape(sentence)}[/red]", soft_wrap=True)
        return WRONG
    except IntercoderError as error:
        if state.debug:
            state.err.print_exception()
        state.err.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return WRONG
    except Exception as error:  # noqa: BLE001 (the outermost edge: shown, never dropped)
        if state.debug:
            state.err.print_exception()
        else:
            state.err.print(
                # Without the error's own text: it may quote what participants wrote.
                f"[red]Intercoder failed: {escape(_where(error))}.[/red]\n"
                "This is a fault of the program. `intercoder --debug ...` shows more.",
                soft_wrap=True,
            )
        return UNEXPECTED


def _where(error: Exception) -> str:
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

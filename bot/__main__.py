"""The composition root: run one command, and turn what goes wrong into a sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from rich.markup import escape
from typer import Typer

from bot.commands.app import build
from bot.commands.state import State
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
        build()(args=list(arguments), prog_name=name, obj=state)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else DONE
        if code in STOPPED:
            message = f"Stopped by {STOPPED[code]}. What was stored stays stored."
            state.err.print(message, style="yellow")
        return code
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
                f"[red]Intercoder failed: {escape(f'{type(error).__name__}: {error}')}[/red]\n"
                "This is a fault of the program. `intercoder --debug ...` shows where.",
                soft_wrap=True,
            )
        return UNEXPECTED
    return DONE


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()

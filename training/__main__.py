"""`python -m training train|evaluate`: the commands of `intercoder`, composed as those are."""

from __future__ import annotations

import sys

from bot.__main__ import run
from bot.commands.app import build_training


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:], build=build_training, name="python -m training"))


if __name__ == "__main__":
    main()

"""Pictures of what staff see, as SVG files, for documents."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.rehearsal.play.shown import Shown
from bot.rehearsal.world.messages import Json

_WIDTH = 80
# rich would have readers fetch fonts from a server of others: their own will do.
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class Pictures:
    """Draws messages into a folder; a name that comes again is drawn anew."""

    def __init__(self, folder: Path, shown: Shown) -> None:
        self._folder = folder
        self._shown = shown
        self.drawn: list[Path] = []

    def draw(self, name: str, title: str, payload: Json, above: str | None = None) -> None:
        """Write NAME.svg: the message, and `above` it what was done to get it."""
        console = Console(record=True, width=_WIDTH, file=io.StringIO(), highlight=False)
        if above is not None:
            console.print(Text(above, "bold magenta"))
        console.print(self._shown.message(payload))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.svg"
        path.write_text(_FONT.sub("", console.export_svg(title=title)), encoding="utf-8")
        if path not in self.drawn:
            self.drawn.append(path)

"""Discord's messages in a terminal: text, embeds and menus, roughly as a client shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from bot.domain.counting import many
from bot.rehearsal.world.messages import EPHEMERAL, Json, Message

_SELECT, _BUTTON = 3, 2  # component types
_OPTIONS = 8  # shown of a menu
_MARK = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`|\[(?P<link>(?:\\.|[^\]])+)\]\((?P<url>[^)]+)\)"
    r"|<(?P<kind>#|@&|@)!?(?P<id>\d+)>|<t:(?P<time>\d+)(?::(?P<style>\w))?>|\\(?P<plain>[^\w\s])",
    re.DOTALL,
)
_FENCE = re.compile(r"```\w*\n?(.*?)```", re.DOTALL)


def payload_of(message: Message) -> Json:
    """Return of a message what can be seen of it."""
    return {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "attachments": message.attachments,
        "flags": message.flags,
    }


class Shown:
    """Renders messages; `names` tell what mentions mean, by id."""

    def __init__(
        self,
        names: Mapping[str, str],
        width: int = 76,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._names = names
        self._width = width
        self._clock = clock

    def message(self, payload: Json, author: str = "Intercoder") -> RenderableType:
        """Return a message with its embeds and components, framed."""
        only = " · only you can see this" if payload.get("flags", 0) & EPHEMERAL else ""
        parts = list(self._parts(payload))
        title = f"[bold]{author}[/bold] [dim]APP{only}[/dim]"
        return Panel(
            Group(*parts) if parts else Text("(no text)", "dim"),
            title=title,
            title_align="left",
            box=ROUNDED,
            width=self._width,
        )

    def _parts(self, payload: Json) -> Iterator[RenderableType]:
        if payload.get("content"):
            yield self.text(payload["content"])
        for embed in payload.get("embeds") or ():
            yield self._embed(embed)
        for file in payload.get("attachments") or ():
            yield Text(f"📎 {file['filename']} ({file['size']:,} bytes)", "cyan")
        for row in payload.get("components") or ():
            for component in row.get("components", ()):
                yield from self._component(component)

    def _embed(self, embed: Json) -> RenderableType:
        parts: list[RenderableType] = []
        if embed.get("title"):
            parts.append(Text(embed["title"], "bold"))
        if embed.get("description"):
            parts.append(self.text(embed["description"]))
        for field in embed.get("fields") or ():
            parts += [Text(""), Text(field["name"], "bold"), self.text(field["value"])]
        if footer := embed.get("footer"):
            parts += [Text(footer["text"], "dim")]
        colour = embed.get("color")
        style = "white" if colour is None else f"#{colour:06x}"
        return Panel(Group(*parts), box=ROUNDED, border_style=style)

    def _component(self, component: Json) -> Iterator[RenderableType]:
        if component["type"] == _BUTTON:
            style = "dim" if component.get("disabled") else "reverse"
            yield Text.assemble((f" {component.get('label', '')} ", style))
        elif component["type"] == _SELECT:
            options = component["options"]
            yield Text(f"▾ {component.get('placeholder') or 'Choose'}", "bold")
            for option in options[:_OPTIONS]:
                mark = "●" if option.get("default") else "○"
                line = Text(f"  {mark} {option['label']}")
                if option.get("description"):
                    line.append(f"  {option['description']}", "dim")
                line.truncate(self._width - 6, overflow="ellipsis")
                yield line
            if len(options) > _OPTIONS:
                yield Text(f"  … and {len(options) - _OPTIONS} more", "dim")

    def text(self, content: str) -> Text:
        """Return Discord's markup as styled text; code blocks as they stand."""
        shown = Text()
        for number, part in enumerate(_FENCE.split(content)):
            if number % 2:
                shown.append(part.rstrip("\n"), "cyan")
            else:
                self._inline(shown, part)
        return shown

    def _inline(self, shown: Text, part: str) -> None:
        end = 0
        for found in _MARK.finditer(part):
            shown.append(part[end : found.start()])
            end = found.end()
            if (bold := found["bold"]) is not None:
                inner = self.text(bold)
                inner.stylize("bold")
                shown.append_text(inner)
            elif found["code"] is not None:
                shown.append(found["code"], "cyan")
            elif found["link"] is not None:
                shown.append_text(self.text(found["link"]))
                shown.stylize("underline blue", len(shown) - len(self.text(found["link"])))
            elif found["id"] is not None:
                sign = "#" if found["kind"] == "#" else "@"
                shown.append(sign + self._names.get(found["id"], "unknown"), "bold blue")
            elif found["time"] is not None:
                at = datetime.fromtimestamp(int(found["time"]), UTC)
                when = _away(at - self._clock()) if found["style"] == "R" else _hour(at)
                shown.append(when, "bold")
            else:
                shown.append(found["plain"])
        shown.append(part[end:])


def _hour(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _away(distance: timedelta) -> str:
    """Return how far a moment is, in the one unit that a client shows."""
    seconds = round(abs(distance.total_seconds()))
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, length = next((u for u in units if seconds >= u[1]), units[-1])
    number = many(round(seconds / length), unit)
    return f"in {number}" if distance > timedelta() else f"{number} ago"

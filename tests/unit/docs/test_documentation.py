"""The documentation names commands, options and settings as they are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from discord import app_commands

from bot.commands.app import build
from bot.commands.rehearsal_view import _PICTURES
from bot.gateway.cogs.all import COGS
from bot.settings import DEBUG, variables

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DISCORD = re.compile(
    r"(?<![\w/.*])/(?P<words>[a-z]+(?: [a-z]+)?)(?P<options>(?:\s+[a-z_]+:[^\s`|]*)*)(?=[`\n])"
)
SHELL = re.compile(
    r"\bintercoder (?P<words>[a-z]+(?:-[a-z]+)*"
    r"(?: (?:upgrade|backup|check|train|status|list|promote|rollback)\b)?)(?P<rest>[^`\n#|]*)"
)

DRAWN = {"panel", *(name for name, _ in _PICTURES.values())}
"""What `rehearse --pictures` draws."""


def in_discord() -> dict[str, set[str]]:
    """Return every slash command with its options."""

    def walk(found: app_commands.Command | app_commands.Group) -> Iterator[tuple[str, set[str]]]:
        if isinstance(found, app_commands.Group):
            for child in found.commands:
                yield from walk(child)
        else:
            yield found.qualified_name, {p.name for p in found.parameters}

    cogs = [cog for cog in COGS if isinstance(cog, type)]
    return dict(pair for cog in cogs for c in cog.__cog_app_commands__ for pair in walk(c))


def in_shell() -> dict[str, set[str]]:
    """Return every command of the command line with its options."""

    def walk(name: str, command: object) -> Iterator[tuple[str, set[str]]]:
        if hasattr(command, "commands"):
            for child, found in command.commands.items():
                yield from walk(f"{name} {child}".strip(), found)
        else:
            yield name, {o for p in command.params for o in (*p.opts, *p.secondary_opts)}

    return dict(walk("", typer.main.get_command(build())))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_shell_are_there(page):
    known = in_shell()
    for found in SHELL.finditer(page.read_text()):
        name, options = (
            found["words"].replace("\\", ""),
            set(re.findall(r"--[a-z-]+", found["rest"])),
        )
        assert name in known, found[0]
        assert options <= known[name] | {"--help"}, found[0]


def test_commands_of_discord_are_there_and_all_are_described():
    known = in_discord()
    named: set[str] = set()
    text = (ROOT / "docs" / "discord.md").read_text()
    for found in DISCORD.finditer(text):
        name = found["words"]
        if name in {k.split()[0] for k in known} - known.keys():
            continue  # all commands of a group
        assert name in known, found[0]
        named.add(name)
        options = set(re.findall(r"([a-z_]+):", found["options"]))
        assert options <= known[name], found[0]
    assert named == known.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_are_there(page):
    named = set(re.findall(r"INTERCODER_[A-Z_]*[A-Z]", page.read_text()))
    assert named <= {*variables(), DEBUG}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if target.startswith("pictures/"):
            assert Path(target).stem in DRAWN, target
        else:
            assert (page.parent / target).exists(), target

"""Every cog of staff commands, in one place."""

from __future__ import annotations

from collections.abc import Callable

from discord.ext import commands

from bot.gateway.cogs.code import CodeCog
from bot.gateway.cogs.codebook import CodebookCog
from bot.gateway.cogs.export import ExportCog
from bot.gateway.cogs.model import ModelCog
from bot.gateway.cogs.panel import PanelCog
from bot.gateway.cogs.reliability import ReliabilityCog
from bot.gateway.cogs.review import ReviewCog
from bot.gateway.cogs.scenario import ScenarioCog
from bot.gateway.cogs.session import SessionCog
from bot.gateway.cogs.study import StudyCog
from bot.gateway.staff.parts import Client

COGS: tuple[Callable[[Client], commands.Cog], ...] = (
    StudyCog,
    SessionCog,
    ScenarioCog,
    CodeCog,
    ReviewCog,
    ReliabilityCog,
    ExportCog,
    ModelCog,
    CodebookCog,
    PanelCog,
)
"""What the client adds when it starts; whoever registers commands needs them, too."""

"""One server of the rehearsal: its roles, members and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from discord import Permissions

from bot.rehearsal.world.accounts import Member, Role
from bot.rehearsal.world.channels import Channel, Kind

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World


@dataclass(eq=False)
class Guild:
    """A server; what it adds is told to whoever listens to the world."""

    world: World = field(repr=False)
    id: str
    name: str
    owner_id: str
    created_at: datetime
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    # Channels and threads alike.
    channels: dict[str, Channel] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        """Return the role that all members have."""
        return self.roles[self.id]

    @property
    def owner(self) -> Member:
        """Return the member who may do everything here."""
        return self.members[self.owner_id]

    @property
    def me(self) -> Member:
        """Return the bot's own membership; raises KeyError if it was removed."""
        return self.members[self.world.bot.id]

    def add_role(self, name: str, permissions: Permissions | None = None) -> Role:
        """Return a new role; without permissions it grants nothing beyond everyone's."""
        return self.world.structure.add_role(self, name, permissions or Permissions.none())

    def add_member(self, name: str, roles: Sequence[Role] = (), *, bot: bool = False) -> Member:
        """Return a new member with a new account."""
        return self.world.structure.add_member(self, name, roles, bot=bot)

    def add_channel(
        self, name: str, kind: Kind = "text", *, visible_to: Sequence[Role | Member] | None = None
    ) -> Channel:
        """Return a new channel; `visible_to` hides it from all others but the bot."""
        return self.world.structure.add_channel(self, name, kind, visible_to)

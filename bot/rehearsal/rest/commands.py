"""Registering application commands, for one guild or for all."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.command_form import SLASH, check_commands
from bot.rehearsal.rest.errors import UNKNOWN_COMMAND, refused
from bot.rehearsal.rest.wire import BODY, reply
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.world import World

ALL = "/applications/{application_id}/commands"
OF_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


class CommandRoutes:
    """The commands that people are offered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        routes: list[web.RouteDef] = []
        for place in (ALL, OF_GUILD):
            routes += [
                web.get(place, self.list),
                web.put(place, self.replace),
                web.post(place, self.add),
                web.get(place + "/{command_id}", self.one),
                web.delete(place + "/{command_id}", self.remove),
            ]
        return routes

    async def list(self, request: web.Request) -> web.Response:
        """Answer with what is registered."""
        return reply(self._world.commands.get(self._place(request), []))

    async def replace(self, request: web.Request) -> web.Response:
        """Register these commands and no others, or refuse all of them."""
        place = self._place(request)
        commands = request[BODY].content or []
        check_commands(commands)
        self._world.commands[place] = [self._registered(place, one) for one in commands]
        return reply(self._world.commands[place])

    async def add(self, request: web.Request) -> web.Response:
        """Register a command, in place of the one of its kind and name."""
        place = self._place(request)
        new = request[BODY].fields
        kind = new.get("type") or SLASH
        others = [
            one
            for one in self._world.commands.get(place, [])
            if (one["type"], one["name"]) != (kind, new.get("name"))
        ]
        check_commands([*others, new])
        registered = self._registered(place, new)
        self._world.commands[place] = [*others, registered]
        return reply(registered, 200)

    async def one(self, request: web.Request) -> web.Response:
        """Answer with one command."""
        return reply(self._find(request))

    async def remove(self, request: web.Request) -> web.Response:
        """Take a command away."""
        self._world.commands[self._place(request)].remove(self._find(request))
        return reply()

    def _find(self, request: web.Request) -> Json:
        for command in self._world.commands.get(self._place(request), []):
            if command["id"] == request.match_info["command_id"]:
                return command
        raise refused(UNKNOWN_COMMAND)

    def _place(self, request: web.Request) -> str | None:
        self._access.application(request)
        if "guild_id" not in request.match_info:
            return None
        return self._access.guild(request).id

    def _registered(self, place: str | None, command: Json) -> Json:
        """Return a command as Discord gives it back; one of the same name keeps its id."""
        kind = command.get("type") or SLASH
        before = {
            (one["type"], one["name"]): one["id"] for one in self._world.commands.get(place, [])
        }
        granted = command.get("default_member_permissions")
        registered: Json = {
            "id": before.get((kind, command["name"])) or str(self._world.snowflakes.next()),
            "application_id": self._world.application_id,
            "version": str(self._world.snowflakes.next()),
            "type": kind,
            "name": command["name"],
            "description": command.get("description") or "",
            "default_member_permissions": None if granted is None else str(granted),
            "nsfw": bool(command.get("nsfw")),
            "integration_types": command.get("integration_types") or [0],
            "contexts": command.get("contexts"),
        }
        if command.get("options"):
            registered["options"] = [_option(option) for option in command["options"]]
        if place is not None:
            registered["guild_id"] = place
        else:
            registered["dm_permission"] = command.get("dm_permission", True) is not False
        return registered


def _option(option: Json) -> Json:
    """Return an option as Discord gives it back: without what is null or was never set."""
    copy = {key: value for key, value in option.items() if value is not None}
    if copy.get("options"):
        copy["options"] = [_option(inner) for inner in copy["options"]]
    return copy

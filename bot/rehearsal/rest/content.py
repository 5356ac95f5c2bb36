"""The content server: downloads of what was attached."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.world.uploads import Uploads


class ContentRoutes:
    """Files by the addresses in their attachment objects; no token is asked for."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/attachments/{channel_id}/{attachment_id}/{name}", self.download)]

    async def download(self, request: web.Request) -> web.Response:
        """Answer with a file's bytes."""
        stored = self._uploads.find(request.match_info["attachment_id"])
        if stored is None or stored.name != request.match_info["name"]:
            return web.Response(status=404)
        return web.Response(body=stored.data, headers={"Content-Type": stored.content_type})

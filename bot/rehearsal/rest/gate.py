"""What every request passes: ordered faults, token, limits; and every refusal's way out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.rehearsal.contract.description import Description
from bot.rehearsal.faults import Fault, Faults
from bot.rehearsal.rest.errors import UNAUTHORIZED, RefusedError, refused
from bot.rehearsal.rest.limits import Allowance, Limits
from bot.rehearsal.rest.wire import BODY, read_body, reply
from bot.rehearsal.world.messages import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# These carry their own secret in the path.
WITHOUT_TOKEN = ("/interactions/", "/webhooks/")


class Gate:
    """Lets requests through to their routes and keeps the list of what was asked."""

    def __init__(
        self,
        prefix: str,
        token: str,
        faults: Faults,
        limits: Limits,
        description: Description | None,
        violations: list[str],
    ) -> None:
        self._prefix = prefix
        self._token = token
        self._faults = faults
        self._limits = limits
        self._description = description
        self._violations = violations
        # Method, route with its parameters' names, and the status it was answered with.
        self.requests: list[tuple[str, str, int]] = []

    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request to the interface; others (gateway, content) go straight on."""
        if not request.path.startswith(self._prefix):
            return await handler(request)
        route = self._route(request)
        fault = self._faults.before(request.method, request.path.removeprefix(self._prefix))
        response: web.StreamResponse
        if fault is not None and fault.status is not None:
            await asyncio.sleep(fault.seconds)
            response = _failed(fault)
        else:
            response = await self._answer(request, route, handler)
            if fault is not None:
                # The deed is done, its answer late: who gives up waiting does not know of it.
                await asyncio.sleep(fault.seconds)
        self.requests.append((request.method, route, response.status))
        return response

    async def _answer(
        self, request: web.Request, route: str, handler: Handler
    ) -> web.StreamResponse:
        allowance: Allowance | None = None
        response: web.StreamResponse
        try:
            self._check_token(request, route)
            allowance = self._limits.take(f"{request.method} {route}", request.match_info)
            if not allowance.allowed:
                response = limited(allowance.reset_after, everywhere=allowance.everywhere)
            else:
                request[BODY] = await read_body(request)
                self._check_request(request, route)
                response = await handler(request)
        except RefusedError as error:
            response = reply(error.payload, error.status)
        except web.HTTPException as error:
            # No such route here: perhaps one of Discord's that the rehearsal lacks.
            self._violations.append(f"{request.method} {route}: the rehearsal has no such route")
            payload = {"message": f"{error.status}: {error.reason}", "code": 0}
            response = reply(payload, error.status)
        if allowance is not None:
            response.headers.update(allowance.headers())
        self._check_response(request, route, response)
        return response

    def _route(self, request: web.Request) -> str:
        resource = request.match_info.route.resource
        path = request.path if resource is None else resource.canonical
        return path.removeprefix(self._prefix)

    def _check_token(self, request: web.Request, route: str) -> None:
        if route.startswith(WITHOUT_TOKEN):
            return
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise refused(UNAUTHORIZED)

    def _check_request(self, request: web.Request, route: str) -> None:
        if self._description is not None:
            query = dict(request.query)
            self._violations += self._description.query(request.method, route, query)
            content = request[BODY].content
            self._violations += self._description.request(request.method, route, content)

    def _check_response(
        self, request: web.Request, route: str, response: web.StreamResponse
    ) -> None:
        if self._description is not None and isinstance(response, web.Response):
            self._violations += self._description.response(
                request.method, route, response.status, response.body
            )


def limited(seconds: float, *, everywhere: bool) -> web.Response:
    """Return a 429. Without "Via" clients take it for a ban at Discord's door."""
    payload: Json = {
        "message": "You are being rate limited.",
        "code": 0,
        "retry_after": seconds,
        "global": everywhere,
    }
    response = reply(payload, 429)
    response.headers["Retry-After"] = str(math.ceil(seconds))
    response.headers["Via"] = "1.1 rehearsal"
    response.headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    return response


def _failed(fault: Fault) -> web.Response:
    status = fault.status or 500
    if status == 429:
        return limited(fault.retry_after, everywhere=fault.everywhere)
    if status >= 500:
        # Discord's proxies answer these, and not in JSON.
        return web.Response(status=status, text="upstream connect error")
    return reply({"message": f"{status}: ordered by the rehearsal", "code": 0}, status)

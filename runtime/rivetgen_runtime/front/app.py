"""The aiohttp end of the front: one handler for every path."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from aiohttp import web
from multidict import CIMultiDict

from rivetgen_client.wire import headers
from rivetgen_client.wire.errors import INTERNAL_ERROR_MESSAGE, ErrorBody
from rivetgen_client.wire.identifiers import actor_id_from_bytes
from rivetgen_runtime.front.cors import add_gateway_headers
from rivetgen_runtime.front.messages import HttpRequest, gateway_error_response
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS
from rivetgen_runtime.front.router import Router
from rivetgen_runtime.front.sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.front.messages import HttpResponse
    from rivetgen_runtime.front.options import FrontOptions

__all__ = ["Front"]

logger = logging.getLogger(__name__)


class Front:
    """Serves a host over HTTP and WebSockets.

    ``handle`` is an aiohttp handler: give it to ``aiohttp.web.Server``, or route every
    path of an application to it.

    Args:
        host: Where actors live.
        options: Limits, times and the token.
        is_healthy: Whether the store still confirms what it is given; for ``/health``.
    """

    def __init__(
        self,
        host: Host,
        options: FrontOptions = DEFAULT_FRONT_OPTIONS,
        *,
        is_healthy: Callable[[], bool] = lambda: True,
    ) -> None:
        self._options = options
        self._router = Router(host, options, is_healthy)
        self._sockets = Sockets(host, self._router, options)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or serve one socket until it is closed."""
        ray_id = actor_id_from_bytes(os.urandom(16))
        target = self._below_base(request.raw_path)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._sockets.serve(request, target, ray_id)
        try:
            response = await self._answer(request, target, ray_id)
        except Exception:
            logger.exception("request %s failed", ray_id)
            error = ErrorBody("core", "internal_error", INTERNAL_ERROR_MESSAGE)
            response = gateway_error_response(error, 500)
            add_gateway_headers(response, request.headers)
        response.headers[headers.RAY_ID] = ray_id
        return web.Response(
            body=response.body,
            status=response.status,
            headers=CIMultiDict(response.headers),
        )

    def close_connections(self, code: int, reason: str) -> None:
        """Close every open connection, as a server does that stops."""
        self._sockets.close_all(code, reason)

    async def _answer(
        self, request: web.BaseRequest, target: str, ray_id: str
    ) -> HttpResponse:
        try:
            body = await self._read_body(request)
        except (web.HTTPRequestEntityTooLarge, TimeoutError) as error:
            response = _unreadable(error)
            add_gateway_headers(response, request.headers)
            return response
        return await self._router.answer(
            HttpRequest(
                method=request.method,
                target=target,
                headers=request.headers,
                body=body,
                ray_id=ray_id,
            )
        )

    async def _read_body(self, request: web.BaseRequest) -> bytes:
        limit = self._options.limits.http_body_bytes
        content = request.content
        if (request.content_length or 0) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
        if content.is_eof():
            body = content.read_nowait()
        else:
            async with asyncio.timeout(self._options.body_timeout_s):
                body = await _read_at_most(request, limit)
        return body

    def _below_base(self, raw_path: str) -> str:
        if not raw_path.startswith("/"):  # absolute form, as proxies send it
            raw_path = "/" + raw_path.partition("://")[2].partition("/")[2]
        base = self._options.base_path
        if base and raw_path.startswith(base):
            rest = raw_path[len(base) :]
            return rest if rest.startswith("/") else "/" + rest
        return raw_path


async def _read_at_most(request: web.BaseRequest, limit: int) -> bytes:
    """The body of a request that may not say how long it is."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise web.HTTPRequestEntityTooLarge(limit, size)
        chunks.append(chunk)
    return b"".join(chunks)


def _unreadable(error: Exception) -> HttpResponse:
    if isinstance(error, TimeoutError):
        message = "The request body did not arrive in time."
        timed_out = ErrorBody("guard", "request_timeout", message)
        return gateway_error_response(timed_out, 408)
    reason = "length limit exceeded"
    message = f"Unable to parse request body: {reason}."
    too_large = ErrorBody(
        "guard", "invalid_request_body", message, metadata={"reason": reason}
    )
    return gateway_error_response(too_large)

"""The aiohttp end of the front: one handler for every path."""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_client.wire import headers
from rivetgen_client.wire.errors import INTERNAL_ERROR_MESSAGE, ErrorBody
from rivetgen_runtime.front.bodies import UnreadableBodyError, read_body
from rivetgen_runtime.front.cors import add_gateway_headers
from rivetgen_runtime.front.forwarding import to_aiohttp
from rivetgen_runtime.front.gatekeeping import refusal
from rivetgen_runtime.front.messages import HttpRequest, gateway_error_response
from rivetgen_runtime.front.metrics import Metrics
from rivetgen_runtime.front.options import DEFAULT_FRONT_OPTIONS
from rivetgen_runtime.front.raw_requests import RawRequests
from rivetgen_runtime.front.rays import ray_ids
from rivetgen_runtime.front.router import Router
from rivetgen_runtime.front.sockets import Sockets
from rivetgen_runtime.front.tracing import Tracing
from rivetgen_runtime.logs import current_ray_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import StoreStatistics
    from rivetgen_runtime.front.messages import HttpResponse
    from rivetgen_runtime.front.options import FrontOptions

__all__ = ["Front"]

logger = logging.getLogger(__name__)

_RAW: Final = "raw_request"
"""What raw requests are counted as; their actor is not known by name here."""


class _Served(NamedTuple):
    """What was answered, by the names of the actor and of the route."""

    response: web.StreamResponse
    actor: str
    route: str


class Front:
    """Serves a host over HTTP and WebSockets.

    ``handle`` is an aiohttp handler: give it to ``aiohttp.web.Server``, or route every
    path of an application to it.

    Args:
        host: Where actors live.
        options: Limits, times and the token.
        is_healthy: Whether the store still confirms what it is given; for ``/health``.
        statistics: What the store has done; for ``/metrics``.
        paused_s: For how long nothing was served, in seconds; for ``/metrics``.
    """

    def __init__(
        self,
        host: Host,
        options: FrontOptions = DEFAULT_FRONT_OPTIONS,
        *,
        is_healthy: Callable[[], bool] = lambda: True,
        statistics: Callable[[], StoreStatistics] | None = None,
        paused_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._options = options
        self._metrics = Metrics(host, statistics, paused_s)
        self._router = Router(host, options, is_healthy, self._metrics)
        self._sockets = Sockets(host, self._router, options)
        self._raw_requests = RawRequests(host, self._router, options)
        self._tracing = Tracing()
        self._ray_ids = ray_ids()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or serve one socket until it is closed."""
        ray_id = next(self._ray_ids)
        current_ray_id.set(ray_id)
        target = self._below_base(request.raw_path)
        if request.headers.get("upgrade", "").lower() == "websocket":
            with self._metrics.sockets.track_inprogress():
                return await self._sockets.serve(request, target, ray_id)
        started_s = perf_counter()
        with self._tracing.request_span(
            request.method, request.headers, ray_id
        ) as span:
            response, actor, route = await self._serve(request, target, ray_id)
            status, seconds = response.status, perf_counter() - started_s
            self._metrics.count(actor, route, status, seconds=seconds)
            span.end(actor=actor, route=route, status=status)
        return response

    def close_connections(self, code: int, reason: str) -> None:
        """Close every open connection, as a server does that stops."""
        self._sockets.close_all(code, reason)

    async def _serve(
        self, request: web.BaseRequest, target: str, ray_id: str
    ) -> _Served:
        response = self._refuse(request)
        if response is None:
            raw = await self._raw_requests.answer(request, target, ray_id)
            if raw is not None:
                return _Served(raw, "", _RAW)
        try:
            response = response or await self._answer(request, target, ray_id)
        except Exception:
            logger.exception("request %s failed", ray_id)
            error = ErrorBody("core", "internal_error", INTERNAL_ERROR_MESSAGE)
            response = gateway_error_response(error, 500)
            add_gateway_headers(response, request.headers)
        response.headers[headers.RAY_ID] = ray_id
        answer = to_aiohttp(response, request.content)
        return _Served(answer, response.actor, response.route)

    def _refuse(self, request: web.BaseRequest) -> HttpResponse | None:
        error = refusal(
            request.headers,
            hosts=self._options.allowed_hosts,
            origins=self._options.allowed_origins,
        )
        return None if error is None else gateway_error_response(error)

    async def _answer(
        self, request: web.BaseRequest, target: str, ray_id: str
    ) -> HttpResponse:
        try:
            body = await read_body(request, self._options)
        except UnreadableBodyError as error:
            response = gateway_error_response(error.body, error.status)
            add_gateway_headers(response, request.headers)
            return response
        return await self._router.answer(
            HttpRequest(
                method=request.method,
                target=target,
                headers=request.headers,
                body=body,
                ray_id=ray_id,
                peer=request.remote or "",
            )
        )

    def _below_base(self, raw_path: str) -> str:
        if not raw_path.startswith("/"):  # absolute form, as proxies send it
            raw_path = "/" + raw_path.partition("://")[2].partition("/")[2]
        base = self._options.base_path
        if base and raw_path.startswith(base):
            rest = raw_path[len(base) :]
            if rest[:1] in ("", "/", "?"):
                return rest if rest.startswith("/") else "/" + rest
        return raw_path

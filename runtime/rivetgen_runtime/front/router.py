"""Where a request goes: the order in which the official stack looks at it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rivetgen_client.wire import headers
from rivetgen_client.wire.errors import ErrorBody, GatewayError
from rivetgen_client.wire.gateway import (
    QueryTarget,
    is_gateway_target,
    parse_gateway_request,
)
from rivetgen_client.wire.header_routing import is_header_routed, route_by_headers
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front.actor_routes import ActorRoutes
from rivetgen_runtime.front.cors import add_gateway_headers, gateway_preflight
from rivetgen_runtime.front.management import Management
from rivetgen_runtime.front.messages import gateway_error_response, refusal_response
from rivetgen_runtime.front.placement import check_placement, check_token
from rivetgen_runtime.front.rate_limits import RateLimiter, client_address
from rivetgen_runtime.front.routes import RAW_ROUTES, RouteTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from rivetgen_client.wire.gateway import GatewayRequest, Target
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import ActorRecord
    from rivetgen_runtime.front.messages import HttpRequest, HttpResponse
    from rivetgen_runtime.front.metrics import Metrics
    from rivetgen_runtime.front.options import FrontOptions

__all__ = ["Router"]

_RAW: Final = RouteTable(RAW_ROUTES)
_SKIP_VALUES: Final = ("true", "false", "1", "0")

# Clients repeat the same few request lines; a line is at most a few kilobytes.
_parse = lru_cache(maxsize=1024)(parse_gateway_request)


class Router:
    """Answers every HTTP request of a front.

    Args:
        host: Where actors live.
        options: Limits and the token.
        is_healthy: Whether the store still confirms what it is given.
        metrics: What is counted.
    """

    def __init__(
        self,
        host: Host,
        options: FrontOptions,
        is_healthy: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self._host = host
        self._token = options.token
        self._limits = options.address_limits
        self._limiter = (
            None
            if self._limits is None
            else RateLimiter(self._limits, host.clock.monotonic_s)
        )
        self._actors = ActorRoutes(host, options.limits)
        self._management = Management(host, options, is_healthy, metrics)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        is_gateway = is_gateway_target(request.target)
        # Clients that route by headers send them with paths of the gateway, too.
        is_routed = not is_gateway and is_header_routed(request.headers)
        if not is_routed and not is_gateway:
            return await self._management.answer(request)
        if request.method == "OPTIONS":
            return gateway_preflight(request.headers)
        try:
            response = await self._answer_gateway(request, is_routed=is_routed)
        except GatewayError as error:
            response = gateway_error_response(error.error)
        except RequestError as error:
            response = refusal_response(error)
        add_gateway_headers(response, request.headers)
        return response

    def raw_request(
        self, target: str, request_headers: Mapping[str, str]
    ) -> GatewayRequest | None:
        """Where a request goes whose body its actor reads itself; None for others.

        Raises:
            GatewayError: It would be one, but its headers are wrong.
        """
        is_gateway = is_gateway_target(target)
        is_routed = not is_gateway and is_header_routed(request_headers)
        if not is_gateway and not is_routed:
            return None
        try:
            routed = self._route(target, request_headers, is_routed=is_routed)
        except GatewayError:
            return None  # answered as every other request
        if not _RAW.match(routed.rest).routes:
            return None
        _check_skip_ready_wait(request_headers)
        return routed

    async def locate(
        self, target: Target, request_headers: Mapping[str, str]
    ) -> ActorRecord:
        """Find the actor that a request is for, waking or creating it.

        Raises:
            RequestError: There is none, or the caller may not reach it.
        """
        check_token(self._token, target.token or request_headers.get(headers.TOKEN))
        if isinstance(target, QueryTarget):
            check_placement(self._host, pool=target.pool, datacenter=target.region)
        return await self._host.locate(target)

    def serving(
        self, record: ActorRecord, request_headers: Mapping[str, str], peer: str
    ) -> AbstractContextManager[None]:
        """Count a request of a client as long as it is being served.

        Args:
            record: The actor that it is for.
            request_headers: Names are looked up in lower case.
            peer: Address of the other end of the connection.

        Returns:
            To be entered, which raises ``RateLimitedError`` when it is one too many.
        """
        if self._limits is None or self._limiter is None:
            return nullcontext()
        proxies = self._limits.proxies
        address = client_address(request_headers, peer, proxies=proxies)
        return self._limiter.serving(record.actor_id, address)

    async def _answer_gateway(
        self, request: HttpRequest, *, is_routed: bool
    ) -> HttpResponse:
        _check_skip_ready_wait(request.headers)
        routed = self._route(request.target, request.headers, is_routed=is_routed)
        record = await self.locate(routed.target, request.headers)
        with self.serving(record, request.headers, request.peer):
            return await self._actors.answer(
                record, request, routed.rest, query=routed.query
            )

    def _route(
        self, target: str, request_headers: Mapping[str, str], *, is_routed: bool
    ) -> GatewayRequest:
        if is_routed:
            return route_by_headers(target, request_headers)
        return _parse(target)


def _check_skip_ready_wait(request_headers: Mapping[str, str]) -> None:
    value = request_headers.get(headers.SKIP_READY_WAIT)
    if value is None or value in _SKIP_VALUES:
        return
    detail = "expected true, false, 1, or 0"
    raise GatewayError(
        ErrorBody(
            "guard",
            "invalid_header",
            f"Invalid {headers.SKIP_READY_WAIT} header: {detail}.",
            metadata={"detail": detail, "header": headers.SKIP_READY_WAIT},
        )
    )

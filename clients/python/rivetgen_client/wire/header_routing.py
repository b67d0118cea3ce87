"""Requests that name their actor in headers instead of in the path.

The JavaScript client does so for raw requests to an actor id with ``skipReadyWait``.
"""

import re
from collections.abc import Mapping
from typing import Final

from . import headers
from .errors import ErrorBody, GatewayError
from .gateway import DirectTarget, GatewayRequest

__all__ = ["is_header_routed", "no_route", "route_by_headers"]

_TARGET_ACTOR: Final = "actor"
_ROUTED_PATH: Final = "/request"
_PORT: Final = re.compile(r":[0-9]+$", re.ASCII)


def is_header_routed(request_headers: Mapping[str, str]) -> bool:
    """Whether headers, and not the path, say where a request goes."""
    target = request_headers.get(headers.TARGET)
    return target is not None and target != "api-public"


def route_by_headers(
    raw_target: str, request_headers: Mapping[str, str]
) -> GatewayRequest:
    """Route a request with an ``x-rivet-target`` header.

    Args:
        raw_target: Path and query as received.
        request_headers: By name in lower case, or case-insensitive.

    Raises:
        GatewayError: With the body that official servers answer.
    """
    path, _, query = raw_target.partition("?")
    is_raw_request = path == _ROUTED_PATH or path.startswith(_ROUTED_PATH + "/")
    if request_headers.get(headers.TARGET) != _TARGET_ACTOR or not is_raw_request:
        raise GatewayError(no_route(request_headers.get("host", ""), path))
    actor_id = request_headers.get(headers.ACTOR)
    if not actor_id:
        message = f"Missing {headers.ACTOR} header."
        metadata = {"header": headers.ACTOR}
        raise GatewayError(
            ErrorBody("guard", "missing_header", message, metadata=metadata)
        )
    token = request_headers.get(headers.TOKEN)
    return GatewayRequest(DirectTarget(actor_id, token), path, query)


def no_route(host: str, path: str) -> ErrorBody:
    """The answer to a request that no rule routes; the host without its port."""
    hostname = _PORT.sub("", host)
    return ErrorBody(
        "guard",
        "no_route",
        f"No route found for hostname {hostname}, path {path}.",
        metadata={"host": hostname, "path": path},
    )

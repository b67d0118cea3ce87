"""Cross-origin headers, as browsers running the official client need them.

The caller's origin is echoed, because browsers refuse ``*`` on requests with
credentials, which the client makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.front.messages import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "add_gateway_headers",
    "add_management_headers",
    "gateway_preflight",
    "management_preflight",
]

_MANAGEMENT_VARY = (
    "origin, access-control-request-method, access-control-request-headers"
)


def add_gateway_headers(response: HttpResponse, request: Mapping[str, str]) -> None:
    """Open an actor's response to the page that asked for it."""
    added = response.headers
    origin = request.get("origin")
    added["access-control-allow-origin"] = origin or "*"
    added["access-control-allow-credentials"] = "true"
    added["access-control-expose-headers"] = "*"
    if origin:
        own = added.get("vary")
        added["vary"] = f"{own}, Origin" if own else "Origin"


def gateway_preflight(request: Mapping[str, str]) -> HttpResponse:
    """The answer to ``OPTIONS``, which never reaches an actor."""
    allowed = {
        "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS, PATCH",
        "access-control-allow-headers": request.get("access-control-request-headers")
        or "*",
        "access-control-max-age": "86400",
    }
    response = HttpResponse(204, allowed)
    add_gateway_headers(response, request)
    return response


def add_management_headers(response: HttpResponse, request: Mapping[str, str]) -> None:
    """Open a response of the management API to the page that asked for it."""
    origin = request.get("origin")
    if origin:
        response.headers["access-control-allow-origin"] = origin
    response.headers["access-control-allow-credentials"] = "true"
    response.headers["vary"] = _MANAGEMENT_VARY


def management_preflight(request: Mapping[str, str], allow: str) -> HttpResponse:
    """The answer to ``OPTIONS``: whatever is asked for is allowed."""
    response = HttpResponse(200, {"allow": allow})
    for asked, answered in (
        ("access-control-request-method", "access-control-allow-methods"),
        ("access-control-request-headers", "access-control-allow-headers"),
    ):
        if asked in request:
            response.headers[answered] = request[asked]
    add_management_headers(response, request)
    return response

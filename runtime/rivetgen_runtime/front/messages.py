"""Requests and responses without a transport: aiohttp's and later an engine's alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rivetgen_client.wire import headers
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import Origin, http_status
from rivetgen_runtime.front.rate_limits import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_runtime.errors import RequestError

__all__ = [
    "JSON_TYPE",
    "HttpRequest",
    "HttpResponse",
    "error_response",
    "gateway_error_response",
    "json_response",
    "refusal_response",
    "text_response",
]

JSON_TYPE: Final = Encoding.JSON.content_type
_RETRY_AFTER: Final = "retry-after"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, its body read.

    Attributes:
        method: In capitals.
        target: Raw path and query, percent signs untouched, below the base path.
        headers: Case-insensitive, or with names in lower case.
        body: Empty when there is none.
        ray_id: Id of the request, for its response and for the log.
        peer: Address of the other end of the connection.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    ray_id: str
    peer: str = ""


@dataclass(slots=True)
class HttpResponse:
    """One response.

    Attributes:
        headers: Names in lower case, or case-insensitive.
        actor: Name of the actor that answered, for the metrics.
        route: Name of the route that was found, for the metrics.
    """

    status: int
    headers: MutableMapping[str, str]
    body: bytes = b""
    actor: str = ""
    route: str = ""


def json_response(value: object, status: int = 200) -> HttpResponse:
    """A response of plain JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return HttpResponse(status, {"content-type": JSON_TYPE}, body)


def text_response(text: str) -> HttpResponse:
    """A response of plain text."""
    content_type = "text/plain; charset=utf-8"
    return HttpResponse(200, {"content-type": content_type}, text.encode())


def error_response(error: ErrorBody, status: int | None = None) -> HttpResponse:
    """An error of the management API: always JSON, never with an actor."""
    if status is None:
        status = http_status(error.group, error.code, origin=Origin.HOST)
    value = {"group": error.group, "code": error.code, "message": error.message}
    if error.metadata is not None:
        value["metadata"] = error.metadata  # type: ignore[assignment] # JSON by nature
    return json_response(value, status)


def gateway_error_response(error: ErrorBody, status: int | None = None) -> HttpResponse:
    """An error that the gateway answers without an actor; its name is a header too."""
    response = error_response(error, status)
    if error.group != "api":
        response.headers[headers.ERROR] = error.name
    return response


def refusal_response(error: RequestError) -> HttpResponse:
    """What the gateway answers to a request that reaches no actor."""
    response = gateway_error_response(error.body, error.status)
    if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
        response.headers[_RETRY_AFTER] = str(error.retry_after_s)
    return response

"""What an actor answers below the gateway, whichever way the request came."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from rivetgen_client.transport import QueueMessage
from rivetgen_client.wire import headers
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import (
    INTERNAL_ERROR_MESSAGE,
    ErrorBody,
    MalformedMessageError,
    Origin,
    UnsupportedValueError,
)
from rivetgen_client.wire.gateway import encode_uri_component
from rivetgen_client.wire.keys import serialize_key
from rivetgen_client.wire.messages import (
    COMPLETED,
    TIMED_OUT,
    ActorSpecifier,
    HttpActionResponse,
    HttpQueueSendResponse,
    HttpResponseError,
)
from rivetgen_client.wire.subprotocols import parse_connection_params
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front.forwarding import seen_by_actor
from rivetgen_runtime.front.inspector_routes import InspectorRoutes
from rivetgen_runtime.front.messages import (
    HttpResponse,
    gateway_error_response,
    json_response,
    text_response,
)
from rivetgen_runtime.front.options import PROTOCOL_VERSION
from rivetgen_runtime.front.routes import ACTOR_ROUTES, RouteTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rivetgen_client.wire.codec import Codec
    from rivetgen_client.wire.limits import Limits
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import ActorRecord
    from rivetgen_runtime.front.messages import HttpRequest
    from rivetgen_runtime.front.routes import Match

__all__ = [
    "ActorRoutes",
    "actor_error_response",
    "add_actor_headers",
    "connection_params",
    "too_long",
]

logger = logging.getLogger(__name__)

_INSPECTOR: Final = "/inspector/"
_TABLE: Final = RouteTable(ACTOR_ROUTES)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FETCH_FAILED: Final = ErrorBody(
    "envoy", "fetch_failed", "actor fetch failed", metadata={}
)
_METADATA: Final = {
    "runtime": "rivetkit",
    "type": "local",
    "version": PROTOCOL_VERSION,
}
_GREETING: Final = "This is a Rivetgen actor. Call it with a RivetKit client.\n"


class _Call(NamedTuple):
    """One request; a tuple, because that is what is made fastest."""

    record: ActorRecord
    request: HttpRequest
    path: str
    values: Mapping[str, str]
    codec: Codec


T = TypeVar("T")

Handler: TypeAlias = "Callable[[_Call], Awaitable[HttpResponse]]"
"""Answers one request."""


class ActorRoutes:
    """Answers requests to the actors of a host.

    Args:
        host: Where the actors live.
        limits: Sizes of messages.
    """

    def __init__(self, host: Host, limits: Limits) -> None:
        self._host = host
        self._limits = limits
        self._inspector = InspectorRoutes(host)
        self._handlers: Mapping[str, Handler] = {
            "actor_greeting": _greet,
            "actor_health": _report_health,
            "actor_metadata": _describe,
            "call_action": self._answer_action,
            "send_message": self._answer_send,
        }

    async def answer(
        self, record: ActorRecord, request: HttpRequest, path: str, *, query: str
    ) -> HttpResponse:
        """Answer one request.

        Args:
            record: The actor, awake.
            request: Its ``target`` is not looked at.
            path: Raw path below the gateway.
            query: Raw query without the gateway's own parameters.
        """
        encoding = Encoding.of_request(request.headers.get(headers.ENCODING))
        if path.startswith(_INSPECTOR) and self._host.options.inspector:
            response = await self._inspector.answer(record, request, path, query=query)
            response.route = "inspector"
            add_actor_headers(response, record)
            return response
        match = _TABLE.match(path)
        call = _Call(record, request, path, match.values, codec_for(encoding))
        try:
            response = await self._handler(match, call)(call)
        except RequestError as error:
            response = actor_error_response(error, record, call.codec)
        route = match.route(request.method)
        response.route = "" if route is None else route.name
        add_actor_headers(response, record)
        return response

    def _handler(self, match: Match, call: _Call) -> Handler:
        method = call.request.method
        route = match.route(method)
        if route is not None:
            return self._handlers[route.name]
        if "POST" in match.routes:
            raise _method_not_allowed(method, call.path)
        raise _route_not_found(call.path)

    async def _answer_action(self, call: _Call) -> HttpResponse:
        name = _decoded(call.values["action"])
        if name is None:
            return gateway_error_response(_FETCH_FAILED)
        request, codec = call.request, call.codec
        self._check_incoming(request)
        try:
            args = codec.decode_http_action_request(request.body).args
        except MalformedMessageError as error:
            raise _undecodable(error) from error
        output = await self._host.call_action(
            call.record,
            name,
            args,
            params=connection_params(request.headers),
            ray_id=request.ray_id,
            request=seen_by_actor(
                request.method, call.path, request.headers, ray_id=request.ray_id
            ),
        )
        answer = HttpActionResponse(output)
        body = _encoded(codec.encode_http_action_response, answer, request.ray_id)
        return self._response(call, body)

    async def _answer_send(self, call: _Call) -> HttpResponse:
        name = _decoded(call.values["queue"])
        if name is None:
            return gateway_error_response(_FETCH_FAILED)
        request, codec = call.request, call.codec
        self._check_incoming(request)
        try:
            message = _queue_message(name, request, codec)
        except MalformedMessageError as error:
            raise _undecodable(error) from error
        answer = await self._host.send_message(
            call.record, message, ray_id=request.ray_id
        )
        status = COMPLETED if answer.is_completed else TIMED_OUT
        body = _encoded(
            codec.encode_http_queue_send_response,
            HttpQueueSendResponse(status, answer.reply),
            request.ray_id,
        )
        response = self._response(call, body)
        if message.key is not None:
            response.headers[headers.IDEMPOTENCY_KEY] = encode_uri_component(
                message.key
            )
        return response

    def _check_incoming(self, request: HttpRequest) -> None:
        if len(request.body) > self._limits.incoming_message_bytes:
            raise too_long("incoming", self._limits.incoming_message_bytes)

    def _response(self, call: _Call, body: bytes) -> HttpResponse:
        if len(body) > self._limits.outgoing_message_bytes:
            raise too_long("outgoing", self._limits.outgoing_message_bytes)
        return HttpResponse(200, {"content-type": call.codec.content_type}, body)


def _queue_message(name: str, request: HttpRequest, codec: Codec) -> QueueMessage:
    """Read a message; the name of the path wins over that of the body."""
    sent = codec.decode_http_queue_send_request(request.body)
    key = request.headers.get(headers.IDEMPOTENCY_KEY)
    return QueueMessage(
        name=name,
        body=None if sent.body is UNDEFINED else sent.body,
        key=None if key is None else unquote(key),
        waits=sent.wait or False,
        wait_s=None if sent.timeout_ms is None else sent.timeout_ms / 1000,
        params=connection_params(request.headers),
    )


def _encoded(encode: Callable[[T], bytes], answer: T, ray_id: str) -> bytes:
    try:
        return encode(answer)
    except UnsupportedValueError as error:
        logger.exception("the result of request %s cannot be encoded", ray_id)
        body = ErrorBody("core", "internal_error", INTERNAL_ERROR_MESSAGE)
        raise RequestError(body, origin=Origin.ACTOR) from error


def _decoded(segment: str) -> str | None:
    """A segment of a path without its percent escapes; None when one is broken."""
    if "%" not in segment:
        return segment
    if _BAD_ESCAPE.search(segment):
        return None
    return unquote_to_bytes(segment).decode(errors="replace")


async def _greet(_call: _Call) -> HttpResponse:
    return text_response(_GREETING)


async def _report_health(_call: _Call) -> HttpResponse:
    return text_response("ok")


async def _describe(_call: _Call) -> HttpResponse:
    return json_response(_METADATA)


def connection_params(request_headers: Mapping[str, str]) -> Value:
    """The connection parameters of an HTTP request; ``UNDEFINED`` for none.

    Raises:
        RequestError: They are not JSON.
    """
    text = request_headers.get(headers.CONNECTION_PARAMS)
    if text is None:
        return UNDEFINED
    try:
        return parse_connection_params(text if text.isascii() else _latin_1(text))
    except MalformedMessageError as error:
        raise _undecodable(error) from error


def _latin_1(text: str) -> str:
    # JavaScript writes header characters up to U+00FF as single bytes; whatever is not
    # UTF-8 arrives with surrogate escapes.
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        reason = "the connection parameters are not text"
        raise MalformedMessageError(reason) from error
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


# Errors


def too_long(direction: str, limit: int) -> RequestError:
    """The answer to a message over its limit, in either direction."""
    message = f"{direction.capitalize()} message too long. Limit is {limit} bytes."
    code = f"{direction}_too_long"
    return RequestError(ErrorBody("message", code, message), origin=Origin.ACTOR)


def _undecodable(error: MalformedMessageError) -> _UndecodableError:
    message = f"The request could not be decoded: {error.reason}."
    return _UndecodableError(ErrorBody("core", "internal_error", message))


class _UndecodableError(RequestError):
    """Official servers use the code of internal errors here, with status 400."""

    @property
    def status(self) -> int:
        return 400


def _method_not_allowed(method: str, path: str) -> RequestError:
    metadata: Value = {"method": method, "path": path}
    error = ErrorBody(
        "actor", "method_not_allowed", "Method not allowed", metadata=metadata
    )
    return RequestError(error, origin=Origin.ACTOR)


def _route_not_found(path: str) -> RequestError:
    metadata: Value = {"id": path, "resource": "route"}
    message = f"Actor route '{path}' was not found."
    error = ErrorBody("actor", "not_found", message, metadata=metadata)
    return RequestError(error, origin=Origin.ACTOR)


def actor_error_response(
    error: RequestError, record: ActorRecord, codec: Codec
) -> HttpResponse:
    """An error with the actor that answered, in the encoding of the request."""
    message = HttpResponseError(
        group=error.body.group,
        code=error.body.code,
        message=error.body.message,
        metadata=UNDEFINED if error.body.metadata is None else error.body.metadata,
        actor=error.actor or _specifier(record),
    )
    body = codec.encode_http_error(message)
    return HttpResponse(error.status, {"content-type": codec.content_type}, body)


def _specifier(record: ActorRecord) -> ActorSpecifier:
    key = None if record.key is None else serialize_key(record.key)
    return ActorSpecifier(record.actor_id, record.generation, key)


def add_actor_headers(response: HttpResponse, record: ActorRecord) -> None:
    """Say which actor answered."""
    response.actor = record.name
    response.headers[headers.ACTOR] = record.actor_id
    response.headers[headers.ACTOR_GENERATION] = str(record.generation)
    key = serialize_key(record.key or ())
    if key.isascii() and key.isprintable():  # header values are visible ASCII
        response.headers[headers.ACTOR_KEY] = key

"""Calls over HTTP, connections over WebSockets: the transport of every client.

Actors that are addressed by key are named in the request line, and the gateway finds or
creates them: one request per call. The management API is asked only for ids, for new
actors, and for the few keys and inputs that a request line cannot carry.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Final

from . import _management as management
from . import _raw as raw
from ._deadline import Deadline
from ._http import AnswerLostError, Request, Requester, read_whole
from ._retries import SERVER_ERROR, CallKind, key_plan, repeat
from .errors import (
    ActorError,
    ActorNotFoundError,
    ConnectionFailedError,
    MalformedResponseError,
)
from .transport import IdTarget, QueueAnswer
from .wire import cbor
from .wire import headers as header_names
from .wire import json as wire_json
from .wire.codec import Encoding, codec_for
from .wire.errors import MalformedMessageError
from .wire.gateway import (
    CrashPolicy,
    DirectTarget,
    GatewayRequest,
    GetMethod,
    QueryTarget,
    action_path,
    encode_uri_component,
    format_gateway_request,
    queue_path,
)
from .wire.keys import survives_query
from .wire.limits import DEFAULT_LIMITS
from .wire.messages import (
    COMPLETED,
    HttpActionRequest,
    HttpQueueSendRequest,
)
from .wire.subprotocols import format_subprotocols
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._http import Answer
    from .endpoint import Endpoint
    from .transport import (
        ActionCall,
        ActorTarget,
        Channel,
        FetchAnswer,
        FetchCall,
        KeyTarget,
        NewActor,
        QueueMessage,
        RawChannel,
    )
    from .wire.codec import Codec
    from .wire.gateway import Target
    from .wire.values import Value

_KEY_BYTES: Final = 16
"""Length of the key of a message whose sender names none."""

MANAGEMENT_TIMEOUT_S: Final = 60.0
"""How long a request of the management API may take, repetitions included."""


OPEN_TIMEOUT_S: Final = DEFAULT_LIMITS.websocket_open_timeout.total_seconds()
"""How long finding out where to connect to may take, and then how long connecting."""


class HttpTransport:
    """Carries calls to one server.

    Args:
        endpoint: Where the server is.
        encoding: How bodies and frames are written.
        headers: Added to every request; they win over the transport's own.
        metadata_lookup: Whether the server is asked first if clients should talk to
            another address, as serverless deployments want.
        skip_ready_wait: Whether the gateway forwards calls to actors that are not ready
            to answer, which then say so.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        encoding: Encoding = Encoding.BARE,
        headers: Mapping[str, str] | None = None,
        metadata_lookup: bool = True,
        skip_ready_wait: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._encoding = encoding
        self._codec: Codec = codec_for(encoding)
        self._headers = dict(headers or {})
        self._requester = Requester(self._headers)
        self._keeps_keys = False
        self._lookup_pending = metadata_lookup
        self._skip_ready_wait = skip_ready_wait
        self._lookup_lock = asyncio.Lock()

    # The transport protocol

    async def action(self, target: ActorTarget, call: ActionCall, /) -> Value:
        """Call an action; see ``Transport``."""
        body = self._codec.encode_http_action_request(HttpActionRequest(call.args))
        deadline = Deadline(call.timeout_s)

        async def attempt() -> Value:
            endpoint = await self._located(deadline)
            routed = await self._routed(endpoint, target, deadline)
            line = GatewayRequest(routed, action_path(call.name))
            request = self._call_request(endpoint, line, params=call.params, body=body)
            return self._output(await self._requester.send(request, deadline))

        kind = CallKind(
            name=f"{target.name}.{call.name}",
            retryable=call.retryable,
            key_plan=key_plan(target),
        )
        return await repeat(attempt, kind, deadline)

    async def send(self, target: ActorTarget, message: QueueMessage, /) -> QueueAnswer:
        """Send a message to a queue; see ``Transport``.

        It is repeated only once the server has shown that it keeps keys: official
        servers do not, and would enqueue a message twice.
        """
        body = self._codec.encode_http_queue_send_request(_send_request(message))
        key = message.key or secrets.token_hex(_KEY_BYTES)
        deadline = Deadline(message.deadline_s)

        async def attempt() -> QueueAnswer:
            endpoint = await self._located(deadline)
            routed = await self._routed(endpoint, target, deadline)
            line = GatewayRequest(routed, queue_path(message.name))
            request = self._call_request(
                endpoint, line, params=message.params, body=body, key=key
            )
            return self._answer(await self._requester.send(request, deadline))

        kind = CallKind(
            name=f"{target.name}.{message.name}",
            retryable=self._keeps_keys,
            repeats_passing=self._keeps_keys,
            key_plan=key_plan(target),
        )
        return await repeat(attempt, kind, deadline)

    async def resolve(self, target: ActorTarget, /) -> str:
        """Return the id of an actor; see ``Transport``."""
        if isinstance(target, IdTarget):
            return target.actor_id
        deadline = Deadline(MANAGEMENT_TIMEOUT_S)

        async def attempt() -> str:
            endpoint = await self._located(deadline)
            return await self._actor_id(endpoint, target, deadline)

        kind = CallKind(name=f"resolve {target.name}", retryable=True)
        return await repeat(attempt, kind, deadline)

    async def create(self, actor: NewActor, /) -> str:
        """Create an actor and return its id; see ``Transport``."""
        deadline = Deadline(MANAGEMENT_TIMEOUT_S)

        async def attempt() -> str:
            endpoint = await self._located(deadline)
            request = management.create_request(endpoint, actor)
            answer = await self._requester.send(request, deadline)
            return management.created_actor_id(self._successful(answer))

        kind = CallKind(name=f"create {actor.name}", retryable=False)
        return await repeat(attempt, kind, deadline)

    async def connect(self, target: ActorTarget, params: Value, /) -> Channel:
        """Open a channel; see ``Transport``."""
        from ._websocket import open_channel  # noqa: PLC0415 - 75 ms that calls do not need

        endpoint, routed = await self._socket_route(target)
        line, subprotocols = self._connection_address(routed, params)
        return await open_channel(
            endpoint.websocket_url + line,
            codec=self._codec,
            subprotocols=subprotocols,
            headers=self._headers,
        )

    async def fetch(self, target: ActorTarget, call: FetchCall, /) -> FetchAnswer:
        """Send a raw request; see ``Transport``."""
        deadline = Deadline(call.timeout_s)

        async def attempt() -> FetchAnswer:
            endpoint = await self._located(deadline)
            routed = await self._routed(endpoint, target, deadline)
            request = raw.fetch_request(endpoint, routed, call)
            answer = await self._requester.open(request, deadline)
            if header_names.ERROR in answer.headers:
                # The gateway answered, not the actor.
                async with deadline.limit():
                    self._successful(await read_whole(answer))
            return raw.HttpAnswer(answer, deadline if call.reads_all else None)

        return await repeat(attempt, raw.fetch_kind(target, call), deadline)

    async def web_socket(
        self, target: ActorTarget, path: str, params: Value, /
    ) -> RawChannel:
        """Open a raw WebSocket; see ``Transport``."""
        from ._websocket import open_raw_channel  # noqa: PLC0415 - as in connect

        endpoint, routed = await self._socket_route(target)
        return await open_raw_channel(
            endpoint.websocket_url + raw.socket_line(routed, path),
            subprotocols=format_subprotocols(Encoding.BARE, params),
            headers=self._headers,
        )

    async def aclose(self) -> None:
        """Close the connections of calls; see ``Transport``."""
        await self._requester.aclose()

    # Where to

    async def _located(self, deadline: Deadline) -> Endpoint:
        """Return the endpoint to talk to, asking the server once."""
        if self._lookup_pending:
            async with deadline.limit(), self._lookup_lock:
                if self._lookup_pending:
                    await self._look_up(deadline)
        return self._endpoint

    async def _look_up(self, deadline: Deadline) -> None:
        answer = await self._ask(management.metadata_request(self._endpoint), deadline)
        if answer.status >= SERVER_ERROR:
            return  # asked again before the next call
        if answer.is_success and answer.is_json:
            self._endpoint = management.redirected(self._endpoint, answer)
        self._lookup_pending = False

    async def _socket_route(self, target: ActorTarget) -> tuple[Endpoint, Target]:
        deadline = Deadline(OPEN_TIMEOUT_S)
        endpoint = self._endpoint
        try:
            endpoint = await self._located(deadline)
            return endpoint, await self._routed(endpoint, target, deadline)
        except TimeoutError as error:
            raise ConnectionFailedError(endpoint.url, "no answer in time") from error

    async def _routed(
        self, endpoint: Endpoint, target: ActorTarget, deadline: Deadline
    ) -> Target:
        if isinstance(target, IdTarget):
            return DirectTarget(target.actor_id, endpoint.token)
        if not _fits_request_line(target):
            actor_id = await self._actor_id(endpoint, target, deadline)
            return DirectTarget(actor_id, endpoint.token)
        if not target.create:
            return QueryTarget(
                name=target.name,
                namespace=endpoint.namespace,
                method=GetMethod.GET,
                key=target.key,
                token=endpoint.token,
                skip_ready_wait=self._skip_ready_wait,
            )
        return QueryTarget(
            name=target.name,
            namespace=endpoint.namespace,
            method=GetMethod.GET_OR_CREATE,
            key=target.key,
            pool=endpoint.pool,
            input=target.input,
            region=target.region,
            crash_policy=CrashPolicy.SLEEP,
            token=endpoint.token,
            skip_ready_wait=self._skip_ready_wait,
        )

    async def _actor_id(
        self, endpoint: Endpoint, target: KeyTarget, deadline: Deadline
    ) -> str:
        """Ask for the id behind a key, creating the actor when the target says so."""
        if target.create:
            request = management.get_or_create_request(endpoint, target)
            try:
                answer = self._successful(await self._ask(request, deadline))
                return management.created_actor_id(answer)
            except ActorError as error:
                if error.name != "actor.key_reserved_in_different_datacenter":
                    raise
        answer = await self._ask(management.find_request(endpoint, target), deadline)
        actor_id = management.found_actor_id(self._successful(answer))
        if actor_id is None:
            message = f"there is no {target.name} with this key"
            raise ActorNotFoundError("actor", "not_found", message)
        return actor_id

    async def _ask(self, request: Request, deadline: Deadline) -> Answer:
        """Send a request that may be repeated: a lost answer is a lost connection."""
        try:
            return await self._requester.send(request, deadline)
        except AnswerLostError as error:
            if error.timed_out:
                raise TimeoutError from error
            raise ConnectionFailedError(error.origin, error.reason) from error

    # Bodies and headers

    def _connection_address(
        self, target: Target, params: Value
    ) -> tuple[str, list[str]]:
        """Return the request line and the subprotocols that lead to an actor.

        No request line with an id has a place for ``skip_ready_wait``.
        """
        skips = self._skip_ready_wait
        if isinstance(target, DirectTarget) and skips:
            return "/connect", format_subprotocols(
                self._encoding,
                params,
                actor_id=target.actor_id,
                token=target.token,
                skip_ready_wait=skips,
            )
        line = format_gateway_request(GatewayRequest(target, "/connect"))
        return line, format_subprotocols(self._encoding, params, skip_ready_wait=skips)

    def _readiness_headers(self, target: Target) -> dict[str, str]:
        if not self._skip_ready_wait:
            return {}
        headers = {header_names.SKIP_READY_WAIT: "1"}
        if isinstance(target, DirectTarget):
            headers[header_names.TARGET] = "actor"
            headers[header_names.ACTOR] = target.actor_id
        return headers

    def _call_request(
        self,
        endpoint: Endpoint,
        line: GatewayRequest,
        *,
        params: Value,
        body: bytes,
        key: str | None = None,
    ) -> Request:
        headers = {
            header_names.ENCODING: self._encoding.value,
            "content-type": self._codec.content_type,
            **self._readiness_headers(line.target),
        }
        if endpoint.token:
            headers[header_names.TOKEN] = endpoint.token
        if key is not None:
            headers[header_names.IDEMPOTENCY_KEY] = encode_uri_component(key)
        if params is not UNDEFINED:
            # Headers are ASCII: escapes instead of the characters themselves.
            plain = wire_json.to_plain(params)
            headers[header_names.CONNECTION_PARAMS] = json.dumps(plain)
        url = endpoint.url + format_gateway_request(line)
        return Request(method="POST", url=url, headers=headers, body=body)

    def _answer(self, answer: Answer) -> QueueAnswer:
        self._keeps_keys = self._keeps_keys or answer.keeps_key
        self._successful(answer)
        try:
            response = self._codec.decode_http_queue_send_response(answer.body)
        except MalformedMessageError as error:
            raise MalformedResponseError(error.reason, status=answer.status) from error
        is_completed = response.status == COMPLETED
        return QueueAnswer(is_completed=is_completed, reply=response.response)

    def _output(self, answer: Answer) -> Value:
        self._successful(answer)
        try:
            return self._codec.decode_http_action_response(answer.body).output
        except MalformedMessageError as error:
            raise MalformedResponseError(error.reason, status=answer.status) from error

    def _successful(self, answer: Answer) -> Answer:
        """Return the answer, or raise the error that it is.

        Gateways answer in JSON whatever was asked for; the content type tells.
        """
        if answer.is_success:
            return answer
        codec = codec_for(Encoding.JSON) if answer.is_json else self._codec
        try:
            error = codec.decode_http_error(answer.body)
        except MalformedMessageError as malformed:
            raise MalformedResponseError(
                malformed.reason, status=answer.status
            ) from malformed
        raise ActorError.from_wire(error.body, actor=error.actor, ray_id=answer.ray_id)


def _send_request(message: QueueMessage) -> HttpQueueSendRequest:
    wait_s = message.wait_s if message.waits else None
    return HttpQueueSendRequest(
        body=message.body,
        name=message.name,
        wait=message.waits,
        timeout_ms=None if wait_s is None else round(wait_s * 1000),
    )


def _fits_request_line(target: KeyTarget) -> bool:
    """Whether a server would read the same key and accept the input."""
    if not survives_query(target.key):
        return False
    if target.input is UNDEFINED or not target.create:
        return True
    return len(cbor.encode(target.input)) <= DEFAULT_LIMITS.query_input_bytes

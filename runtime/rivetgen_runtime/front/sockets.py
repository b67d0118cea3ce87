"""WebSockets: every upgrade is accepted, and refused, if at all, by closing it.

Browsers and Node hide the HTTP status of a refused upgrade from their scripts, and the
official client waits for ever; a close code and its reason reach it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import WebSocketError, WSMsgType, web

from rivetgen_client.wire.close_reasons import (
    ABNORMAL,
    INTERNAL_ERROR,
    NORMAL,
    POLICY_VIOLATION,
    UNSUPPORTED_DATA,
    format_close_reason,
)
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import (
    ErrorBody,
    GatewayError,
    MalformedMessageError,
    UnknownEncodingError,
)
from rivetgen_client.wire.gateway import (
    API_NOT_FOUND,
    DirectTarget,
    GatewayRequest,
    is_gateway_target,
    parse_gateway_request,
)
from rivetgen_client.wire.subprotocols import RIVET, parse_subprotocols
from rivetgen_runtime.core.raw_ports import SocketClose
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front.forwarding import seen_by_actor
from rivetgen_runtime.front.gatekeeping import refusal
from rivetgen_runtime.front.inspector_routes import check_inspector_token
from rivetgen_runtime.front.inspector_sockets import (
    INVALID_VERSION_CLOSE,
    InspectorSession,
    protocol_version,
)
from rivetgen_runtime.front.sinks import FrameEncoder, FrameQueue, RawSink, SocketSink

if TYPE_CHECKING:
    from aiohttp import WSMessage

    from rivetgen_client.wire.subprotocols import OfferedProtocols
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.http_messages import Request
    from rivetgen_runtime.core.ports import ActorRecord, ConnectionPort
    from rivetgen_runtime.core.raw_ports import RawPort
    from rivetgen_runtime.front.options import FrontOptions
    from rivetgen_runtime.front.router import Router

__all__ = ["Sockets"]

logger = logging.getLogger(__name__)

_CONNECT: Final = "/connect"
_INSPECTOR: Final = "/inspector/connect"
_NO_PROTOCOL: Final = ErrorBody(
    "guard", "missing_header", "Missing sec-websocket-protocol header."
)
_NO_ROUTE: Final = ErrorBody("actor", "not_found", "The actor has no such route.")


class Sockets:
    """Serves the connections of one front.

    Args:
        host: Where actors live.
        router: Finds the actor of a request.
        options: Limits and times.
    """

    def __init__(self, host: Host, router: Router, options: FrontOptions) -> None:
        self.host = host
        self.router = router
        self.options = options
        self.encoders = {
            encoding: FrameEncoder(codec_for(encoding)) for encoding in Encoding
        }
        self.open: set[FrameQueue] = set()
        """The ways out to all open sockets."""

    async def serve(
        self, request: web.BaseRequest, target: str, ray_id: str
    ) -> web.WebSocketResponse:
        """Serve one socket until it is closed.

        Args:
            request: The upgrade request.
            target: Its raw path and query, below the base path.
            ray_id: Id of the request.
        """
        socket = web.WebSocketResponse(
            protocols=(RIVET,),
            compress=False,
            autoclose=False,
            timeout=self.options.close_timeout_s,
            heartbeat=self.options.heartbeat_s,
            # aiohttp refuses what is as long as its limit.
            max_msg_size=self.options.limits.websocket_message_bytes + 1,
        )
        await socket.prepare(request)
        with ExitStack() as served:
            session = _Session(self, request, socket, ray_id=ray_id, served=served)
            await session.serve(target)
        return socket

    def close_all(self, code: int, reason: str) -> None:
        """Close every open connection, as a server does that stops."""
        for frames in tuple(self.open):
            frames.close(code, reason)


class _Opening(NamedTuple):
    """What an upgrade request asks for."""

    record: ActorRecord
    routed: GatewayRequest
    offered: OfferedProtocols


class _Session:
    """One socket, from its upgrade to its end.

    Args:
        sockets: The front's.
        request: The upgrade request.
        socket: Its answer.
        ray_id: Id of the request.
        served: Ends with the socket; what counts it is entered here.
    """

    def __init__(
        self,
        sockets: Sockets,
        request: web.BaseRequest,
        socket: web.WebSocketResponse,
        *,
        ray_id: str,
        served: ExitStack,
    ) -> None:
        self._served = served
        self._sockets = sockets
        self._request = request
        self._socket = socket
        self._ray_id = ray_id

    async def serve(self, target: str) -> None:
        """Find the actor and connect to it, or close with the reason why not."""
        header = self._request.headers.get("sec-websocket-protocol")
        try:
            self._check_origin()
            offered = parse_subprotocols(header)
            routed, record = await self._locate(target, offered)
            if routed.rest == _INSPECTOR:
                await self._inspect(record, offered, routed.query)
                return
        except UnknownEncodingError:
            await self._refuse("unsupported_websocket_encoding", UNSUPPORTED_DATA)
        except MalformedMessageError:
            await self._refuse("invalid_request", INTERNAL_ERROR)
        except (GatewayError, RequestError) as error:
            body = error.error if isinstance(error, GatewayError) else error.body
            reason = format_close_reason(body.group, body.code, self._ray_id)
            await self._close(INTERNAL_ERROR, reason)
        except Exception:
            logger.exception("request %s failed", self._ray_id)
            await self._close(INTERNAL_ERROR, self._failure)
        else:
            await self._connect(_Opening(record, routed, offered))

    def _check_origin(self) -> None:
        options = self._sockets.options
        error = refusal(
            self._request.headers,
            hosts=options.allowed_hosts,
            origins=options.allowed_origins,
        )
        if error is not None:
            raise GatewayError(error)

    async def _locate(
        self, target: str, offered: OfferedProtocols
    ) -> tuple[GatewayRequest, ActorRecord]:
        if not offered.any_offered:
            raise GatewayError(_NO_PROTOCOL)
        routed = _route(target, offered)
        router, request = self._sockets.router, self._request
        record = await router.locate(routed.target, request.headers)
        self._served.enter_context(
            router.serving(record, request.headers, request.remote or "")
        )
        has_inspector = self._sockets.host.options.inspector
        if routed.rest == _INSPECTOR and not has_inspector:
            raise GatewayError(_NO_ROUTE)
        return routed, record

    async def _inspect(
        self, record: ActorRecord, offered: OfferedProtocols, query: str
    ) -> None:
        host = self._sockets.host
        try:
            await check_inspector_token(host, record, offered.inspector_token)
            version = protocol_version(query)
        except MalformedMessageError:
            await self._close(*INVALID_VERSION_CLOSE)
            return
        except RequestError as error:
            await self._close(POLICY_VIOLATION, error.body.name)
            return
        session = InspectorSession(
            await host.inspector(record),
            self._socket,
            version=version,
            ray_id=self._ray_id,
        )
        await self._close(*await session.run())

    @property
    def _failure(self) -> str:
        return format_close_reason("core", "internal_error", self._ray_id)

    async def _refuse(self, code: str, close_code: int) -> None:
        await self._close(close_code, format_close_reason("actor", code))

    async def _connect(self, opening: _Opening) -> None:
        sockets = self._sockets
        frames = FrameQueue(self._socket, options=sockets.options, abort=self._abort)
        sockets.open.add(frames)
        writer = asyncio.create_task(frames.run())
        is_protocol = opening.routed.rest == _CONNECT
        converse = self._converse if is_protocol else self._converse_raw
        try:
            await converse(opening, frames)
        except RequestError:
            pass  # the sink has been told and closed
        except Exception:
            logger.exception("request %s failed", self._ray_id)
            frames.close(INTERNAL_ERROR, self._failure)
        finally:
            sockets.open.discard(frames)
            if not frames.is_closing:
                writer.cancel()
            await asyncio.wait([writer])
            self._abort()

    async def _converse(self, opening: _Opening, frames: FrameQueue) -> None:
        options, offered = self._sockets.options, opening.offered
        encoder = self._sockets.encoders[offered.encoding]
        sink = SocketSink(frames, encoder=encoder, options=options)
        port = await self._sockets.host.open_connection(
            opening.record,
            sink,
            params=offered.params,
            ray_id=self._ray_id,
            request=self._seen(opening.routed),
        )
        try:
            await self._read(port, sink, offered.encoding)
        finally:
            port.detach()

    async def _converse_raw(self, opening: _Opening, frames: FrameQueue) -> None:
        port = await self._sockets.host.open_raw_socket(
            opening.record,
            self._seen(opening.routed),
            RawSink(frames),
            params=opening.offered.params,
            ray_id=self._ray_id,
        )
        close = SocketClose(ABNORMAL, was_clean=False)
        try:
            close = await self._read_raw(port, frames)
        finally:
            port.detach(close)

    def _seen(self, routed: GatewayRequest) -> Request:
        """The upgrade request as the actor sees it."""
        target = f"{routed.rest}?{routed.query}" if routed.query else routed.rest
        return seen_by_actor("GET", target, self._request.headers, ray_id=self._ray_id)

    async def _read_raw(self, port: RawPort, frames: FrameQueue) -> SocketClose:
        """Pass on what comes, until the socket has ended."""
        while True:
            message = await self._socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            if not frames.is_closing:
                port.receive(message.data)
                await self._room(port)
        await self._end(message)
        return _how_it_ended(message, frames)

    async def _room(self, port: RawPort) -> None:
        """Let the client wait while the actor has too much to read."""
        if not port.is_full:
            return
        waiting = asyncio.create_task(port.wait_for_room())
        try:
            while not waiting.done() and self._request.transport is not None:
                check_s = self._sockets.options.client_check_s
                await asyncio.wait([waiting], timeout=check_s)
        finally:
            waiting.cancel()

    async def _read(
        self, port: ConnectionPort, sink: SocketSink, encoding: Encoding
    ) -> None:
        codec = codec_for(encoding)
        limit = self._sockets.options.limits.incoming_message_bytes
        while True:
            message = await self._socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                await self._end(message)
                return
            if sink.is_closing:
                continue  # nothing counts any more; the client's close still does
            frame: str | bytes = message.data
            if _byte_length(frame) > limit:
                name = ("message", "incoming_too_long")
            else:
                try:
                    port.receive(codec.decode_to_server(frame))
                    await port.accepting()
                    continue
                except MalformedMessageError:
                    name = ("actor", "invalid_request")
            sink.close(INTERNAL_ERROR, format_close_reason(*name))

    async def _end(self, message: WSMessage) -> None:
        """Answer the client's close with its own code and reason."""
        if message.type is WSMsgType.CLOSE:
            await self._close(message.data or NORMAL, message.extra or "")

    async def _close(self, code: int, reason: str) -> None:
        options = self._sockets.options
        try:
            async with asyncio.timeout(options.close_timeout_s):
                await self._socket.close(code=code, message=reason.encode())
        except (TimeoutError, ConnectionError):
            self._abort()

    def _abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


def _route(target: str, offered: OfferedProtocols) -> GatewayRequest:
    if is_gateway_target(target):
        return parse_gateway_request(target)
    if offered.target != "actor" or not offered.actor_id:
        raise GatewayError(API_NOT_FOUND)
    path, _, query = target.partition("?")
    return GatewayRequest(DirectTarget(offered.actor_id, offered.token), path, query)


def _how_it_ended(message: WSMessage, frames: FrameQueue) -> SocketClose:
    if message.type is WSMsgType.CLOSE:
        return SocketClose(int(message.data or NORMAL), message.extra or "")
    if frames.own_close is not None:
        return SocketClose(*frames.own_close)
    error: object = message.data
    code = error.code if isinstance(error, WebSocketError) else ABNORMAL
    return SocketClose(int(code), was_clean=False)


def _byte_length(frame: str | bytes) -> int:
    if isinstance(frame, str) and not frame.isascii():
        return len(frame.encode())
    return len(frame)

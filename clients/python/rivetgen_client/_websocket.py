"""Channels over WebSockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from websockets.asyncio.client import connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)

from ._http import origin
from .errors import ActorError, ConnectionFailedError, MalformedResponseError
from .transport import ChannelClosedError
from .wire import headers as header_names
from .wire.codec import Encoding, codec_for
from .wire.errors import MalformedMessageError
from .wire.limits import DEFAULT_LIMITS
from .wire.subprotocols import RIVET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from websockets.asyncio.client import ClientConnection
    from websockets.http11 import Response
    from websockets.typing import Subprotocol

    from .wire.codec import Codec
    from .wire.messages import ToClient, ToServer

ABNORMAL_CLOSURE: Final = 1006
"""Code of a connection that ended without a close frame (RFC 6455, section 7.4.1)."""

PING_INTERVAL_S: Final = 20.0
"""A connection whose peer is silent is found dead after two of these."""

CLOSE_TIMEOUT_S: Final = 5.0
"""How long a server may take to answer a close frame."""

PASSING_STATUSES: Final = frozenset({408, 425, 429})
"""Statuses besides 5xx that may be gone at the next attempt."""


class WebSocketChannel:
    """One WebSocket as a channel of messages."""

    def __init__(self, socket: ClientConnection, codec: Codec) -> None:
        self._socket = socket
        self._codec = codec

    async def send(self, message: ToServer, /) -> None:
        """Send one message; see ``Channel``."""
        frame = self._codec.encode_to_server(message)
        try:
            await self._socket.send(frame)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def receive(self) -> ToClient:
        """Wait for one message; see ``Channel``."""
        try:
            frame = await self._socket.recv()
        except ConnectionClosed as error:
            raise _closed(error) from error
        try:
            return self._codec.decode_to_client(frame)
        except MalformedMessageError as error:
            raise MalformedResponseError(error.reason) from error

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; see ``Channel``."""
        await self._socket.close(code, reason)


def _closed(error: ConnectionClosed) -> ChannelClosedError:
    if error.rcvd is None:
        return ChannelClosedError(ABNORMAL_CLOSURE, "")
    return ChannelClosedError(error.rcvd.code, error.rcvd.reason)


class RawWebSocketChannel:
    """One WebSocket as it is."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, data: str | bytes, /) -> None:
        """Send one message; see ``RawChannel``."""
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def receive(self) -> str | bytes:
        """Wait for one message; see ``RawChannel``."""
        try:
            return await self._socket.recv()
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; see ``RawChannel``."""
        await self._socket.close(code, reason)


async def open_channel(
    url: str,
    *,
    codec: Codec,
    subprotocols: Sequence[str],
    headers: Mapping[str, str],
) -> WebSocketChannel:
    """Open a WebSocket for the protocol of connections.

    Raises:
        Exception: As ``open_raw_channel``.
    """
    socket = await _connected(url, subprotocols, headers)
    return WebSocketChannel(socket, codec)


async def open_raw_channel(
    url: str, *, subprotocols: Sequence[str], headers: Mapping[str, str]
) -> RawWebSocketChannel:
    """Open a raw WebSocket.

    Raises:
        ConnectionFailedError: No connection, or a condition of the server that passes.
        ActorError: The server refused the upgrade and said why.
        MalformedResponseError: The server refused the upgrade otherwise.
    """
    return RawWebSocketChannel(await _connected(url, subprotocols, headers))


async def _connected(
    url: str, subprotocols: Sequence[str], headers: Mapping[str, str]
) -> ClientConnection:
    """Open a WebSocket.

    Raises:
        ConnectionFailedError: No connection, or a condition of the server that passes.
        ActorError: The server refused the upgrade and said why.
        MalformedResponseError: The server refused the upgrade otherwise.
    """
    try:
        socket = await connect(
            url,
            subprotocols=cast("Sequence[Subprotocol]", subprotocols),
            additional_headers=dict(headers),
            compression=None,
            max_size=DEFAULT_LIMITS.websocket_message_bytes,
            open_timeout=DEFAULT_LIMITS.websocket_open_timeout.total_seconds(),
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_INTERVAL_S,
            close_timeout=CLOSE_TIMEOUT_S,
        )
    except InvalidStatus as error:
        raise _refusal(url, error.response) from error
    except (OSError, InvalidMessage, ProxyError) as error:
        raise ConnectionFailedError(origin(url), _reason(error)) from error
    except (InvalidHandshake, InvalidURI) as error:
        raise MalformedResponseError(_reason(error)) from error
    if socket.subprotocol != RIVET:
        await socket.close()
        reason = f"the server did not select the subprotocol {RIVET}"
        raise MalformedResponseError(reason)
    return socket


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _refusal(url: str, response: Response) -> Exception:
    """Interpret an answer that is not 101; official servers never give one."""
    status = response.status_code
    try:
        error = codec_for(Encoding.JSON).decode_http_error(bytes(response.body or b""))
    except MalformedMessageError:
        if status >= 500 or status in PASSING_STATUSES:
            return ConnectionFailedError(origin(url), f"HTTP {status}")
        return MalformedResponseError("a WebSocket was expected", status=status)
    ray_id = response.headers.get(header_names.RAY_ID)
    return ActorError.from_wire(error.body, actor=error.actor, ray_id=ray_id)

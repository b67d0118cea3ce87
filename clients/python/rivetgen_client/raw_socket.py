"""Raw WebSockets to actors: text and bytes, without the protocol of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ConnectionClosedError
from .transport import ChannelClosedError
from .wire.close_reasons import NORMAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Self

    from .handle import Address
    from .transport import RawChannel

__all__ = ["RawSocket"]


class RawSocket:
    """One raw WebSocket, opened by ``async with`` or ``open``.

    It is not opened again when it ends.

    Args:
        address: The actor.
        path: Path and query that the actor sees below ``/websocket``.

    Attributes:
        close_code: How it ended; None while it is open.
        close_reason: Text of the close frame; None while it is open.
    """

    def __init__(self, address: Address, path: str) -> None:
        self._address = address
        self._path = path
        self._channel: RawChannel | None = None
        self.close_code: int | None = None
        self.close_reason: str | None = None

    async def open(self) -> None:
        """Open the socket.

        Raises:
            ConnectionFailedError: There is no way to the server.
        """
        if self._channel is None:
            address = self._address
            patience = address.patience or address.caller.patience
            params, _ = await address.current_params(patience.timeout_s)
            self._channel = await address.caller.transport.web_socket(
                address.target, self._path, params
            )

    async def send(self, data: str | bytes) -> None:
        """Send one message; waits while the actor is slow.

        Raises:
            ConnectionClosedError: The socket has ended.
        """
        try:
            await self._opened.send(data)
        except ChannelClosedError as closed:
            raise self._ended(closed) from closed

    async def receive(self) -> str | bytes:
        """Wait for one message.

        Raises:
            ConnectionClosedError: The socket has ended.
        """
        try:
            return await self._opened.receive()
        except ChannelClosedError as closed:
            raise self._ended(closed) from closed

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Every message until the socket ends, whoever ends it."""
        while True:
            try:
                message = await self.receive()
            except ConnectionClosedError:
                return
            yield message

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the socket; harmless when it has ended."""
        if self._channel is not None:
            await self._channel.aclose(code, reason)
            if self.close_code is None:
                self.close_code, self.close_reason = code, reason

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def _opened(self) -> RawChannel:
        if self._channel is None:
            message = "the socket is not open: use it with `async with`"
            raise RuntimeError(message)
        return self._channel

    def _ended(self, closed: ChannelClosedError) -> ConnectionClosedError:
        if self.close_code is None:
            self.close_code, self.close_reason = closed.code, closed.reason
        return ConnectionClosedError(closed.code, closed.reason)

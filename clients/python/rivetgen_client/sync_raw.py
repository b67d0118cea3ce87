"""Raw requests and sockets for code that blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ConnectionClosedError
from .wire.close_reasons import NORMAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from .fetching import FetchResponse, ResponseHeaders
    from .raw_socket import RawSocket
    from .sync import Portal

__all__ = ["SyncFetchResponse", "SyncRawSocket"]


class SyncFetchResponse:
    """The response to a raw request; see ``FetchResponse``."""

    def __init__(self, portal: Portal, inner: FetchResponse) -> None:
        self._portal = portal
        self._inner = inner

    @property
    def status_code(self) -> int:
        """HTTP status."""
        return self._inner.status_code

    @property
    def headers(self) -> ResponseHeaders:
        """Headers by name."""
        return self._inner.headers

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success (2xx)."""
        return self._inner.is_success

    @property
    def content(self) -> bytes:
        """The body; see ``FetchResponse.content``."""
        return self._inner.content

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self._inner.text

    def json(self) -> Any:
        """The body as JSON; see ``FetchResponse.json``."""
        return self._inner.json()

    def read(self) -> bytes:
        """Read the body and remember it; see ``FetchResponse.aread``."""
        return self._portal.run(self._inner.aread())

    def iter_bytes(self) -> Iterator[bytes]:
        """The pieces of the body as they come; see ``FetchResponse.aiter_bytes``."""
        pieces = self._inner.aiter_bytes()

        async def next_piece() -> bytes | None:
            return await anext(pieces, None)

        while (piece := self._portal.run(next_piece())) is not None:
            yield piece

    def close(self) -> None:
        """Stop reading; see ``FetchResponse.aclose``."""
        self._portal.run(self._inner.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class SyncRawSocket:
    """One raw WebSocket; see ``RawSocket``."""

    def __init__(self, portal: Portal, inner: RawSocket) -> None:
        self._portal = portal
        self._inner = inner

    @property
    def close_code(self) -> int | None:
        """How it ended; None while it is open."""
        return self._inner.close_code

    @property
    def close_reason(self) -> str | None:
        """Text of the close frame; None while it is open."""
        return self._inner.close_reason

    def open(self) -> None:
        """Open the socket; see ``RawSocket.open``."""
        self._portal.run(self._inner.open())

    def send(self, data: str | bytes) -> None:
        """Send one message; see ``RawSocket.send``."""
        self._portal.run(self._inner.send(data))

    def receive(self) -> str | bytes:
        """Wait for one message; see ``RawSocket.receive``."""
        return self._portal.run(self._inner.receive())

    def __iter__(self) -> Iterator[str | bytes]:
        while True:
            try:
                message = self.receive()
            except ConnectionClosedError:
                return
            yield message

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the socket; see ``RawSocket.close``."""
        self._portal.run(self._inner.close(code, reason))

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

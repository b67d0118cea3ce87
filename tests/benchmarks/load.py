"""A load generator for HTTP that costs far less than the server it loads.

Each caller is one keep-alive connection on a bare ``asyncio.Protocol``: it sends
prepared bytes, reads just enough of the answer to know its end, and sends the next.
"""

from __future__ import annotations

import asyncio
import re
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .measuring import LoadError, Measurement, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Caller(asyncio.Protocol):
    """One connection with one request in flight."""

    def __init__(self, requests: Iterator[bytes], recorder: Recorder) -> None:
        self._requests = requests
        self._recorder = recorder
        self._received = b""
        self._sent_s = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count the answer when it is complete and send the next request."""
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        length = CONTENT_LENGTH.search(self._received)
        if not self._received.startswith(b"HTTP/1.1 200 ") or length is None:
            self._finish(LoadError(self._received.decode(errors="replace")))
        elif len(self._received) >= head_end + 4 + int(length[1]):
            self._received = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report a connection that the server closed."""
        self._finish(exc or LoadError("the server closed the connection"))

    def _next(self) -> None:
        if self._recorder.record(self._sent_s):
            self._send()
        else:
            self._finish(None)

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._finish(None)
            return
        self._sent_s = time.perf_counter()
        self._transport.write(request)

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)
        self._transport.close()


def address_of(endpoint: str) -> tuple[str, int]:
    """Return host and port of an endpoint."""
    host, _, port = urlsplit(endpoint).netloc.partition(":")
    return host, int(port)


def post(endpoint: str, path: str, body: bytes) -> bytes:
    """Return the bytes of one JSON request."""
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {urlsplit(endpoint).netloc}",
        "Content-Type: application/json",
        "X-Rivet-Encoding: json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


async def load_http(
    endpoint: str, callers: Sequence[Iterator[bytes]], *, seconds: float
) -> Measurement:
    """Let every caller send its requests until the time or the requests are over.

    Raises:
        LoadError: An answer was not 200, or a connection ended.
    """
    loop = asyncio.get_running_loop()
    recorder = Recorder(seconds=seconds)
    connected = [
        await loop.create_connection(
            partial(Caller, requests, recorder), *address_of(endpoint)
        )
        for requests in callers
    ]
    await asyncio.gather(*(caller.done for _, caller in connected))
    return recorder.finish()

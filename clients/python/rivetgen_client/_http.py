"""One HTTP exchange with httpx, and what a failed one means.

The one question after a failure is whether the server may have got the request. httpx
reports when it starts to write the body; before that nothing can have been executed,
because every request that changes something has a body.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from .errors import (
    ConnectionClosedError,
    ConnectionFailedError,
    MalformedResponseError,
)
from .wire import headers as header_names
from .wire.close_reasons import DISPOSED, NORMAL
from .wire.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Mapping

    from ._deadline import Deadline

CONNECTIONS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=100)
"""How many sockets one client opens for calls; further calls wait for a free one."""

ANSWER_BYTES: Final = DEFAULT_LIMITS.http_body_bytes
"""How long an answer may be; servers accept requests of this length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent; ``body`` None for none."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | AsyncIterable[bytes] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        ray_id: Id of the request in the server's logs.
        keeps_key: Whether the server remembers the idempotency key of the request.
    """

    status: int
    content_type: str
    body: bytes
    ray_id: str | None = None
    keeps_key: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON, whatever was asked for."""
        return "application/json" in self.content_type


class AnswerLostError(Exception):
    """The request may have arrived; its answer did not.

    Attributes:
        origin: The server.
        reason: What happened.
        timed_out: Whether the time was up.
    """

    def __init__(self, origin: str, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.origin = origin
        self.reason = reason
        self.timed_out = timed_out


class _Progress:
    """Notes whether a request may have left; a trace function of httpx."""

    def __init__(self) -> None:
        self.left = False

    async def __call__(self, event: str, _: Mapping[str, Any]) -> None:
        if event.endswith("send_request_body.started"):
            self.left = True


class Requester:
    """Sends requests over kept-alive connections.

    Args:
        headers: Added to every request; they win over its own.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._client = httpx.AsyncClient(
            timeout=None,  # noqa: S113 - the deadline of each call limits every phase
            limits=CONNECTIONS,
        )

    async def send(self, request: Request, deadline: Deadline) -> Answer:
        """Send one request and read the whole answer.

        Raises:
            ConnectionClosedError: This side was closed before.
            ConnectionFailedError: Nothing was sent.
            TimeoutError: The time was up before anything was sent.
            AnswerLostError: The request may have arrived.
            MalformedResponseError: The answer is too long.
        """
        async with self._translating(request.url, deadline) as progress:
            return await read_whole(await self._begin(request, progress))

    async def open(self, request: Request, deadline: Deadline) -> httpx.Response:
        """Send one request and read the head of its answer.

        Returns:
            The answer; whoever asked reads and closes it.

        Raises:
            Exception: As ``send``.
        """
        async with self._translating(request.url, deadline) as progress:
            return await self._begin(request, progress)

    @asynccontextmanager
    async def _translating(
        self, url: str, deadline: Deadline
    ) -> AsyncGenerator[_Progress]:
        """Limit an exchange, and say what its failure means."""
        if self._client.is_closed:
            raise ConnectionClosedError(NORMAL, DISPOSED)
        progress = _Progress()
        server = origin(url)
        try:
            async with deadline.limit():
                yield progress
        except TimeoutError as error:
            if not progress.left:
                raise
            reason = f"no answer within {deadline.timeout_s:g} s"
            raise AnswerLostError(server, reason, timed_out=True) from error
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            if not progress.left:
                raise ConnectionFailedError(server, reason) from error
            raise AnswerLostError(server, reason) from error

    async def _begin(self, request: Request, progress: _Progress) -> httpx.Response:
        sent = self._client.build_request(
            request.method,
            request.url,
            headers=_encoded({**request.headers, **self._headers}),
            content=request.body,
            extensions={"trace": progress},
        )
        return await self._client.send(sent, stream=True)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def read_whole(response: httpx.Response) -> Answer:
    """Read an answer that was opened, and close it."""
    try:
        return _answer(response, await _read(response))
    finally:
        await response.aclose()


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Write headers in Latin-1, as browsers do, and in UTF-8 what does not fit."""
    return [
        (name.encode("ascii"), _encoded_value(value)) for name, value in headers.items()
    ]


def _encoded_value(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


async def _read(response: httpx.Response) -> bytes:
    """Read a body that may say nothing about its length, or be compressed."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES:
            reason = f"it is longer than {ANSWER_BYTES} bytes"
            raise MalformedResponseError(reason, status=response.status_code)
    return bytes(body)


def _answer(response: httpx.Response, body: bytes) -> Answer:
    return Answer(
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        body=body,
        ray_id=response.headers.get(header_names.RAY_ID),
        keeps_key=header_names.IDEMPOTENCY_KEY in response.headers,
    )


def origin(url: str) -> str:
    """Scheme, host and port; paths and queries may hold tokens."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

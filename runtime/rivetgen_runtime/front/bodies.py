"""Reading request bodies: within a size, within a time, or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rivetgen_runtime.front.options import FrontOptions

__all__ = ["UnreadableBodyError", "body_chunks", "check_length", "read_body"]


class UnreadableBodyError(RequestError):
    """A body is too long, too slow or not what its headers announce."""

    def __init__(self, body: ErrorBody, status: int) -> None:
        super().__init__(body)
        self._status = status

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return self._status


async def read_body(request: web.BaseRequest, options: FrontOptions) -> bytes:
    """Read the body of a request.

    Raises:
        UnreadableBodyError: It cannot be read; the connection cannot be used again.
    """
    content = request.content
    limit = options.limits.http_body_bytes
    check_length(request, options)
    if content.is_eof() and content.exception() is None:
        return content.read_nowait()
    try:
        async with asyncio.timeout(options.body_timeout_s):
            return await _read_at_most(request, limit)
    except TimeoutError as error:
        raise _too_slow() from error
    except (web.RequestPayloadError, ConnectionError) as error:
        # Nothing more will come; aiohttp would wait for it after the answer.
        content.feed_eof()
        raise _malformed() from error


def check_length(request: web.BaseRequest, options: FrontOptions) -> None:
    """Refuse a body that announces to be too long.

    Raises:
        UnreadableBodyError: It does.
    """
    if (request.content_length or 0) > options.limits.http_body_bytes:
        raise _too_long()


async def body_chunks(
    request: web.BaseRequest, options: FrontOptions
) -> AsyncIterator[bytes]:
    """The pieces of a body as they arrive; each may take its time.

    Raises:
        UnreadableBodyError: There is more than the limit, or nothing comes.
    """
    content = request.content
    size = 0
    while not (content.at_eof() and content.exception() is None):
        try:
            async with asyncio.timeout(options.body_timeout_s):
                chunk = await content.readany()
        except TimeoutError as error:
            raise _too_slow() from error
        except (web.RequestPayloadError, ConnectionError) as error:
            content.feed_eof()
            raise _malformed() from error
        size += len(chunk)
        if size > options.limits.http_body_bytes:
            raise _too_long()
        if chunk:
            yield chunk


async def _read_at_most(request: web.BaseRequest, limit: int) -> bytes:
    """The body of a request that may not say how long it is."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise _too_long()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_slow() -> UnreadableBodyError:
    message = "The request body did not arrive in time."
    return UnreadableBodyError(ErrorBody("guard", "request_timeout", message), 408)


def _too_long() -> UnreadableBodyError:
    return UnreadableBodyError(_invalid("length limit exceeded"), 413)


def _malformed() -> UnreadableBodyError:
    return UnreadableBodyError(_invalid("it is not what its headers announce"), 400)


def _invalid(reason: str) -> ErrorBody:
    message = f"Unable to parse request body: {reason}."
    return ErrorBody(
        "guard", "invalid_request_body", message, metadata={"reason": reason}
    )

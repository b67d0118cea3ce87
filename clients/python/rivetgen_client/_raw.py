"""Raw requests and sockets over HTTP, byte for byte as the JavaScript client's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from ._http import Request
from ._retries import CallKind, key_plan
from .errors import DeadlineExceededError, MalformedResponseError
from .wire import headers as header_names
from .wire.raw_paths import REQUEST, WEBSOCKET, raw_path
from .wire.subprotocols import format_connection_params
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._deadline import Deadline
    from .endpoint import Endpoint
    from .transport import ActorTarget, FetchCall
    from .wire.gateway import Target

READING_METHODS: Final = frozenset({"GET", "HEAD"})
"""Requests that may be repeated although they may have been executed."""


def socket_line(target: Target, path: str) -> str:
    """The request line of a raw socket."""
    return raw_path(path).line(target, WEBSOCKET)


def fetch_kind(target: ActorTarget, call: FetchCall) -> CallKind:
    """What may be done when a raw request fails."""
    return CallKind(
        name=f"{call.method} {target.name} {call.path}",
        retryable=call.method in READING_METHODS,
        key_plan=key_plan(target),
        is_repeatable=isinstance(call.body, bytes),
    )


def fetch_request(endpoint: Endpoint, target: Target, call: FetchCall) -> Request:
    """A raw request to an actor."""
    path = raw_path(call.path)
    headers = {name.lower(): value for name, value in call.headers}
    if call.params is not UNDEFINED:
        headers[header_names.CONNECTION_PARAMS] = format_connection_params(call.params)
    if path.url is not None:
        headers[header_names.ORIGINAL_REQUEST_URL] = path.url
    if endpoint.token:
        headers[header_names.TOKEN] = endpoint.token
    return Request(
        method=call.method,
        url=endpoint.url + path.line(target, REQUEST),
        headers=headers,
        body=call.body or None,
    )


class HttpAnswer:
    """An answer whose head has come; implements ``FetchAnswer``.

    Args:
        response: Open.
        deadline: Limits the body; None for no limit.
    """

    def __init__(self, response: httpx.Response, deadline: Deadline | None) -> None:
        self.status = response.status_code
        self.headers = tuple(response.headers.multi_items())
        self._response = response
        self._deadline = deadline

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body; see ``FetchAnswer``."""
        pieces = self._response.aiter_bytes()
        while True:
            try:
                chunk = await self._next(pieces)
            except TimeoutError as error:
                timeout_s = self._deadline.timeout_s if self._deadline else None
                raise DeadlineExceededError(timeout_s or 0.0) from error
            except httpx.RequestError as error:
                reason = f"the response broke off: {error}"
                raise MalformedResponseError(reason, status=self.status) from error
            if chunk is None:
                return
            yield chunk

    async def aclose(self) -> None:
        """Read no more; see ``FetchAnswer``."""
        await self._response.aclose()

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        if self._deadline is None:
            return await anext(pieces, None)
        async with self._deadline.limit():
            return await anext(pieces, None)

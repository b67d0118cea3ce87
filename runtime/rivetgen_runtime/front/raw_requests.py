"""Raw HTTP: requests whose body and response go through as they come."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web

from rivetgen_client.wire import headers as header_names
from rivetgen_client.wire.codec import codec_for
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.errors import (
    INTERNAL_ERROR_MESSAGE,
    ErrorBody,
    GatewayError,
    Origin,
)
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front.actor_routes import (
    actor_error_response,
    add_actor_headers,
    connection_params,
)
from rivetgen_runtime.front.bodies import body_chunks, check_length
from rivetgen_runtime.front.cors import add_gateway_headers
from rivetgen_runtime.front.forwarding import seen_by_actor, to_aiohttp
from rivetgen_runtime.front.messages import (
    HttpResponse,
    gateway_error_response,
    refusal_response,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from rivetgen_client.wire.gateway import GatewayRequest
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.http_messages import Headers
    from rivetgen_runtime.core.ports import ActorRecord
    from rivetgen_runtime.front.options import FrontOptions
    from rivetgen_runtime.front.router import Router

__all__ = ["RawRequests"]

logger = logging.getLogger(__name__)

_COOKIE: Final = "set-cookie"
_NOT_COPIED: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "transfer-encoding"),
        *("te", "trailer", "upgrade", "content-length"),
        _COOKIE,
    }
)
"""Headers that frame one connection, which the server writes itself; and cookies, the
only header whose values cannot be joined."""


class RawRequests:
    """Answers the raw requests of one front.

    Args:
        host: Where actors live.
        router: Finds the actor of a request.
        options: Limits and times.
    """

    def __init__(self, host: Host, router: Router, options: FrontOptions) -> None:
        self._host = host
        self._router = router
        self._options = options

    async def answer(
        self, request: web.BaseRequest, target: str, ray_id: str
    ) -> web.StreamResponse | None:
        """Answer a request if it is a raw one; None if not.

        Args:
            request: Its body has not been read.
            target: Its raw path and query, below the base path.
            ray_id: Id of the request.
        """
        if request.method == "OPTIONS":
            return None
        try:
            routed = self._router.raw_request(target, request.headers)
        except GatewayError as error:
            response = gateway_error_response(error.error)
            return _finished(response, request, ray_id)
        if routed is None:
            return None
        exchange = _Exchange(self._host, request, ray_id, options=self._options)
        return await self._while_connected(request, self._serve(exchange, routed))

    async def _serve(
        self, exchange: _Exchange, routed: GatewayRequest
    ) -> web.StreamResponse:
        request, ray_id = exchange.request, exchange.ray_id
        try:
            check_length(request, self._options)
            record = await self._router.locate(routed.target, request.headers)
            peer = request.remote or ""
            with self._router.serving(record, request.headers, peer):
                return await exchange.run(record, routed)
        except RequestError as error:
            return _finished(refusal_response(error), request, ray_id)

    async def _while_connected(
        self,
        request: web.BaseRequest,
        work: Coroutine[Any, Any, web.StreamResponse],
    ) -> web.StreamResponse:
        """Cancel the work when the client goes away; aiohttp would let it run."""
        task = asyncio.create_task(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=self._options.client_check_s)
                if not task.done() and _is_gone(request):
                    task.cancel()
                    await asyncio.wait([task])
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
        return web.Response() if task.cancelled() else task.result()


def _is_gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


class _Exchange:
    """One raw request and its response; the way out for the actor.

    Attributes:
        request: As aiohttp gives it.
        ray_id: Id of the request.
    """

    def __init__(
        self,
        host: Host,
        request: web.BaseRequest,
        ray_id: str,
        *,
        options: FrontOptions,
    ) -> None:
        self.request = request
        self.ray_id = ray_id
        self._host = host
        self._options = options
        self._record: ActorRecord | None = None
        self._answer: web.StreamResponse | None = None

    async def run(
        self, record: ActorRecord, routed: GatewayRequest
    ) -> web.StreamResponse:
        """Let the actor answer."""
        self._record = record
        try:
            await self._host.answer_request(
                record,
                seen_by_actor(
                    self.request.method,
                    _own_target(routed),
                    self.request.headers,
                    ray_id=self.ray_id,
                    stream=body_chunks(self.request, self._options),
                ),
                self,
                params=connection_params(self.request.headers),
                ray_id=self.ray_id,
            )
        except RequestError as error:
            return self._fail(error, record)
        except Exception:
            logger.exception("request %s failed", self.ray_id)
            body = ErrorBody("core", "internal_error", INTERNAL_ERROR_MESSAGE)
            return self._fail(RequestError(body, origin=Origin.ACTOR), record)
        # Without an answer, the client went before it could begin.
        return self._answer or web.Response()

    async def start(self, status: int, headers: Headers, body: bytes | None) -> None:
        """Send the head, and the body if there is one; see ``ResponseSink``."""
        own = {name: headers[name] for name in headers if name not in _NOT_COPIED}
        response = HttpResponse(status, own, body or b"")
        answer = self._finish(response) if body is not None else self._begin(response)
        for cookie in headers.get_all(_COOKIE):
            answer.headers.add(_COOKIE, cookie)
        self._answer = answer
        await answer.prepare(self.request)

    async def write(self, chunk: bytes) -> None:
        """Send a piece of the body; see ``ResponseSink``."""
        if self._answer is not None and self.request.method != "HEAD":
            await self._answer.write(chunk)

    def _finish(self, response: HttpResponse) -> web.Response:
        self._complete(response)
        return to_aiohttp(response, self.request.content)

    def _begin(self, response: HttpResponse) -> web.StreamResponse:
        self._complete(response)
        answer = web.StreamResponse(status=response.status, headers=response.headers)
        if not self.request.content.is_eof():
            answer.force_close()
        return answer

    def _complete(self, response: HttpResponse) -> None:
        if self._record is not None:
            add_actor_headers(response, self._record)
        add_gateway_headers(response, self.request.headers)
        response.headers[header_names.RAY_ID] = self.ray_id

    def _fail(self, error: RequestError, record: ActorRecord) -> web.StreamResponse:
        if self._answer is None:
            codec = codec_for(Encoding.JSON)
            return self._finish(actor_error_response(error, record, codec))
        # What was begun must not end as if it were whole: its reader has to notice.
        if self.request.transport is not None:
            self.request.transport.abort()
        return self._answer


def _own_target(routed: GatewayRequest) -> str:
    path = routed.rest.removeprefix("/request") or "/"
    return f"{path}?{routed.query}" if routed.query else path


def _finished(
    response: HttpResponse, request: web.BaseRequest, ray_id: str
) -> web.Response:
    add_gateway_headers(response, request.headers)
    response.headers[header_names.RAY_ID] = ray_id
    return to_aiohttp(response, request.content)

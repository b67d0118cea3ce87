"""Looks at everything that a front of a test answers: it must be as described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from wire_captures import Http
from wire_contract import find_operation, violations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

ANSWERED_EVERYWHERE = {"OPTIONS"}
REFUSED_BEFORE_ROUTING = {403, 404, 405, 408, 413}


class Recorder:
    """Hands requests on and compares every answer with ``openapi.json``.

    Args:
        handler: Answers requests.
        base_path: What comes before the paths of the document.

    Attributes:
        violations: What broke the contract, as sentences.
    """

    def __init__(self, handler: Handler, base_path: str) -> None:
        self._handler = handler
        self._base_path = base_path
        self.violations: list[str] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and look at the answer."""
        response = await self._handler(request)
        if isinstance(response, web.Response) and response.status != 101:
            self._look(request, response)
        return response

    def _look(self, request: web.BaseRequest, response: web.Response) -> None:
        exchange = Http(
            id=f"{request.method} {request.raw_path[:200]}",
            method=request.method,
            target=request.raw_path.removeprefix(self._base_path),
            request_headers={},
            request_body=b"",
            status=response.status,
            response_headers={
                name.lower(): value for name, value in response.headers.items()
            },
            response_body=response.body if isinstance(response.body, bytes) else b"",
        )
        if find_operation(exchange.method, exchange.target) is None:
            if response.status < 400 and request.method not in ANSWERED_EVERYWHERE:
                self.violations.append(f"{exchange.id}: no operation")
        elif response.status not in REFUSED_BEFORE_ROUTING:
            found = violations(exchange)
            self.violations += [f"{exchange.id}: {sentence}" for sentence in found]

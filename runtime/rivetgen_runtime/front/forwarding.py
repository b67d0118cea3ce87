"""From aiohttp's messages to those of actors, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from rivetgen_client.wire import headers as header_names
from rivetgen_runtime.core.http_messages import Headers, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from aiohttp import StreamReader

    from rivetgen_runtime.front.messages import HttpResponse

__all__ = ["seen_by_actor", "to_aiohttp"]

_ORIGIN: Final = "http://127.0.0.1"
"""What actors see in front of every path, as on official servers."""


def seen_by_actor(
    method: str,
    target: str,
    headers: Mapping[str, str],
    *,
    ray_id: str,
    stream: AsyncIterator[bytes] | None = None,
) -> Request:
    """A request as the actor sees it.

    Args:
        method: In capitals.
        target: Path and query below the gateway, without the gateway's own parameters.
        headers: Case-insensitive; a name may come several times.
        ray_id: Id of the request; it is a header, too.
        stream: The body.
    """
    url = headers.get(header_names.ORIGINAL_REQUEST_URL) or _ORIGIN + target
    forwarded = Headers(_forwarded(headers, ray_id))
    return Request(method, url, forwarded, stream=stream)


def _forwarded(headers: Mapping[str, str], ray_id: str) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.lower() not in (header_names.ORIGINAL_REQUEST_URL, header_names.RAY_ID):
            yield name, value
    yield header_names.RAY_ID, ray_id


def to_aiohttp(response: HttpResponse, content: StreamReader) -> web.Response:
    """A response in one piece; ``content`` is the body of its request."""
    answer = web.Response(
        body=response.body,
        status=response.status,
        headers=response.headers,
    )
    if not content.is_eof() or content.exception() is not None:
        # The rest of the request would be taken for the next one.
        answer.force_close()
    return answer

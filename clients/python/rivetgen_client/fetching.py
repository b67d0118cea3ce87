"""Raw HTTP requests to actors: what is sent, and the response as it comes.

Nothing is known about the contents: the path, the headers and the body are whatever the
actor's ``on_request`` and its callers agree on.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict

from ._deadline import Patience
from .errors import MalformedResponseError
from .transport import FetchCall
from .wire.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from .handle import Address
    from .transport import FetchAnswer

__all__ = ["FetchOptions", "FetchResponse", "ResponseHeaders", "fetch"]

RequestBody: TypeAlias = bytes | str | AsyncIterable[bytes]

CONTENT_BYTES: Final = DEFAULT_LIMITS.http_body_bytes
"""How long a response may be that is read as a whole."""


class FetchOptions(TypedDict, total=False):
    """How a raw request is made.

    Attributes:
        method: ``GET`` by default.
        headers: Besides those of the client.
        body: Text is sent as UTF-8. An asynchronous iterator is sent in pieces, as they
            are made; such a request is never repeated.
        timeout_s: How long the response may take: as a whole, or with ``stream`` until
            its head is there. By default what the client says.
        stream: Leave the body of the response to be read in pieces; it then has to be
            closed, best with ``async with``.
    """

    method: str
    headers: Mapping[str, str]
    body: RequestBody
    timeout_s: float
    stream: bool


class ResponseHeaders(Mapping[str, str]):
    """Headers by name, whatever its case; several of one name are joined."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_list(self, name: str) -> list[str]:
        """Every value of a header that may come several times, like ``set-cookie``."""
        return list(self._values.get(name.lower(), ()))


class FetchResponse:
    """The response to a raw request, whatever its status.

    Attributes:
        status_code: HTTP status.
        headers: Of the response.
    """

    def __init__(self, answer: FetchAnswer) -> None:
        self.status_code = answer.status
        self.headers = ResponseHeaders(answer.headers)
        self._answer = answer
        self._content: bytes | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success (2xx)."""
        return 200 <= self.status_code < 300

    @property
    def content(self) -> bytes:
        """The body.

        Raises:
            RuntimeError: It has not been read; see ``aread``.
        """
        if self._content is None:
            message = "the response is a stream: await aread() first"
            raise RuntimeError(message)
        return self._content

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are none become replacement characters."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.content)

    async def aread(self) -> bytes:
        """Read the body and remember it.

        Raises:
            MalformedResponseError: It breaks off, or is longer than 20 MiB.
        """
        if self._content is None:
            body = bytearray()
            async for chunk in self.aiter_bytes():
                body += chunk
                if len(body) > CONTENT_BYTES:
                    await self.aclose()
                    reason = f"it is longer than {CONTENT_BYTES} bytes"
                    raise MalformedResponseError(reason, status=self.status_code)
            self._content = bytes(body)
        return self._content

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they come; only once.

        Raises:
            MalformedResponseError: It breaks off.
        """
        if self._content is not None:
            yield self._content
            return
        async for chunk in self._answer.chunks():
            yield chunk

    async def aclose(self) -> None:
        """Stop reading; the actor's response is cancelled if it is not complete."""
        await self._answer.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def fetch(address: Address, path: str, options: FetchOptions) -> FetchResponse:
    """Send a raw request; see ``FetchOptions``."""
    patience = address.patience or address.caller.patience
    if "timeout_s" in options:
        patience = Patience(timeout_s=options["timeout_s"], is_chosen=True)
    params, timeout_s = await address.current_params(patience.timeout_s)
    body = options.get("body", b"")
    call = FetchCall(
        method=options.get("method", "GET").upper(),
        path=path,
        headers=tuple(options.get("headers", {}).items()),
        body=body.encode() if isinstance(body, str) else body,
        params=params,
        timeout_s=timeout_s,
        reads_all=not options.get("stream", False),
    )
    response = FetchResponse(await address.caller.transport.fetch(address.target, call))
    if call.reads_all:
        await response.aread()
        await response.aclose()
    return response

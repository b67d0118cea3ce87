"""What raw handlers work with: requests, responses and their headers.

They know nothing of a transport: bodies come and go as asynchronous iterators of bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Mapping,
)
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ["Body", "HeaderSource", "Headers", "Request", "Response"]

HeaderSource: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers as they are given: by name, or as pairs where a name may come twice."""

Body: TypeAlias = bytes | str | AsyncIterable[bytes] | AsyncIterable[str]
"""A body in one piece, or in pieces that are made while they are sent."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUE: Final = re.compile(r"[\r\n\0]")
_STATUSES: Final = range(200, 600)
_TEXT_TYPE: Final = "text/plain;charset=UTF-8"


class Headers(Mapping[str, str]):
    """Headers by name, in lower case; reading them does not care about the case.

    A header that was sent several times is one text, joined with ``", "``.

    Args:
        source: Names and values; looked at when the first header is asked for.
    """

    __slots__ = ("_source", "_values")

    def __init__(self, source: HeaderSource = ()) -> None:
        self._source = source
        self._values: dict[str, list[str]] | None = None

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._read()[name.lower()])

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._read()

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs())!r})"

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value of a header that may come several times, like ``set-cookie``."""
        return tuple(self._read().get(name.lower(), ()))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every header line."""
        for name, values in self._read().items():
            for value in values:
                yield name, value

    def _read(self) -> dict[str, list[str]]:
        if self._values is None:
            self._values = {}
            for name, value in _pairs(self._source):
                self._values.setdefault(name.lower(), []).append(value)
        return self._values


class Request:
    """One HTTP request, or the upgrade request of a socket.

    The body can be read once as a stream, with ``async for``; ``body``, ``text`` and
    ``json`` read it as a whole, as often as they are asked.

    Args:
        method: In capitals.
        url: Absolute; without the parameters of the gateway.
        headers: As they were sent, and the ray id.
        stream: The body in pieces.

    Attributes:
        method: In capitals.
        url: Absolute. The host is ``127.0.0.1``, whatever the client called.
        headers: As they were sent, and the ray id.
    """

    __slots__ = ("_content", "_stream", "headers", "method", "url")

    def __init__(
        self,
        method: str,
        url: str,
        headers: Headers,
        *,
        stream: AsyncIterator[bytes] | None = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self._stream = _nothing() if stream is None else stream
        self._content: bytes | None = None

    @property
    def path(self) -> str:
        """Path of the URL, percent signs untouched."""
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> str:
        """What follows ``?``, as it was sent."""
        return urlsplit(self.url).query

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they come in; only once.

        Raises:
            RequestError: The body is too long, too slow, or breaks off.
        """
        return _nothing() if self._content is not None else self._stream

    async def body(self) -> bytes:
        """The body.

        Raises:
            RequestError: It is too long, too slow, or breaks off.
        """
        if self._content is None:
            self._content = b"".join([chunk async for chunk in self._stream])
        return self._content

    async def text(self) -> str:
        """The body as UTF-8; bytes that are none become replacement characters."""
        return (await self.body()).decode(errors="replace")

    async def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(await self.body())


class Response:
    """What ``on_request`` answers with.

    Args:
        body: In one piece, or an asynchronous iterator of pieces: the client gets each
            one when it is made, and the iterator waits while the client is slow.
        status: From 200 to 599.
        headers: A name may come several times when they are given as pairs.

    Attributes:
        status: From 200 to 599.
        headers: With ``content-type`` for text.
        body: As it was given, text encoded.

    Raises:
        ValueError: The status or a header cannot be sent.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: Body = b"",
        *,
        status: int = 200,
        headers: HeaderSource = (),
    ) -> None:
        if status not in _STATUSES:
            message = f"{status} is no status of a response (200 to 599)"
            raise ValueError(message)
        self.status = status
        self.headers = Headers(headers)
        if isinstance(body, str):
            self.headers = _typed(self.headers, _TEXT_TYPE)
        self.body: bytes | AsyncIterable[bytes] | AsyncIterable[str] = (
            body.encode() if isinstance(body, str) else body
        )
        _check(self.headers)

    @classmethod
    def json(
        cls, value: object, *, status: int = 200, headers: HeaderSource = ()
    ) -> Self:
        """A response of plain JSON.

        Raises:
            TypeError: The value is not JSON.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        typed = _typed(Headers(headers), "application/json")
        return cls(text.encode(), status=status, headers=typed.pairs())

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body in pieces; empty ones are left out.

        Closing this iterator closes the one that was given.
        """
        if isinstance(self.body, bytes):
            yield self.body
            return
        try:
            async for piece in self.body:
                chunk = piece.encode() if isinstance(piece, str) else piece
                if chunk:
                    yield chunk
        finally:
            close = getattr(self.body, "aclose", None)  # generators have it
            if close is not None:
                await close()


def _pairs(source: HeaderSource) -> Iterable[tuple[str, str]]:
    # Every mapping is an iterable, of its names: type checkers need to be told.
    if isinstance(source, Mapping):
        return cast("Mapping[str, str]", source).items()
    return source


def _typed(headers: Headers, content_type: str) -> Headers:
    if "content-type" in headers:
        return headers
    return Headers([*headers.pairs(), ("content-type", content_type)])


def _check(headers: Headers) -> None:
    for name, value in headers.pairs():
        if not _NAME.fullmatch(name) or _NOT_IN_VALUE.search(value):
            message = f"the header {name!r} cannot be sent"
            raise ValueError(message)


async def _nothing() -> AsyncIterator[bytes]:
    empty: tuple[bytes, ...] = ()
    for chunk in empty:
        yield chunk

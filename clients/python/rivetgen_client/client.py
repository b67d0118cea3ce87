"""The root of every generated client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from ._deadline import DEFAULT_TIMEOUT_S, Patience
from .endpoint import resolve_endpoint
from .handle import Caller
from .wire.encoding import Encoding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self, Unpack

    from .transport import Transport

DEFAULT_ENCODING: Final = Encoding.BARE
"""The most compact one, and the only one that official servers pass on untouched.

Time of this package's codec for one request and its response, and their size, on one
machine; over HTTP both binary encodings are alike, on a socket CBOR takes longer::

                        json             cbor             bare
    one int, HTTP       13 µs,   24 B    11 µs,   17 B    12 µs,    9 B
    one int, socket     28 µs            32 µs            13 µs
    50 messages, HTTP   190 µs, 10 KB    226 µs, 8.9 KB   205 µs, 8.9 KB
    16 KiB of bytes     524 µs, 44 KB    367 µs, 44 KB    386 µs, 44 KB

Official servers refuse bytes, dates and large integers of clients in CBOR mode.
"""


class ClientOptions(TypedDict, total=False):
    """How a client talks to its server.

    Attributes:
        token: Credential; may also stand in the endpoint or in ``RIVET_TOKEN``.
        namespace: May also stand in the endpoint or in ``RIVET_NAMESPACE``.
        pool: Pool of workers for new actors; may also stand in ``RIVET_POOL``.
        encoding: How values are written; ``bare`` by default.
        timeout_s: How long a call may take, repetitions included; 65 by default, five
            more than servers let an action run.
        headers: Added to every request; they win over the client's own.
        metadata_lookup: Whether to ask the server first where clients should talk to;
            True by default.
        skip_ready_wait: Whether the gateway forwards calls to actors that are starting
            or stopping instead of waiting for them; False by default.
        transport: Carries the calls instead of HTTP; with it the endpoint and what
            belongs to it are not looked at.
    """

    token: str | None
    namespace: str | None
    pool: str | None
    encoding: Encoding
    timeout_s: float
    headers: Mapping[str, str]
    metadata_lookup: bool
    skip_ready_wait: bool
    transport: Transport


class Client:
    """Base of the generated clients: one property per kind of actor.

    Making one sends nothing. It belongs to the event loop of its first call; close it
    with ``aclose()`` or ``async with``.

    Args:
        endpoint: ``http://[namespace:token@]host[:port][/base]``; by default what
            ``RIVET_ENDPOINT`` says, else ``http://localhost:6420``.
        options: See ``ClientOptions``.

    Raises:
        ConfigurationError: The endpoint cannot work.
    """

    def __init__(
        self, endpoint: str | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        transport = options.get("transport") or _http_transport(endpoint, options)
        timeout_s = options.get("timeout_s", DEFAULT_TIMEOUT_S)
        self._caller = Caller(transport, patience=Patience(timeout_s=timeout_s))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; calls in flight fail."""
        await self._caller.aclose()


def _http_transport(endpoint: str | None, options: ClientOptions) -> Transport:
    from .http_transport import HttpTransport  # noqa: PLC0415 - imports httpx

    return HttpTransport(
        resolve_endpoint(
            endpoint,
            token=options.get("token"),
            namespace=options.get("namespace"),
            pool=options.get("pool"),
        ),
        encoding=options.get("encoding", DEFAULT_ENCODING),
        headers=options.get("headers"),
        metadata_lookup=options.get("metadata_lookup", True),
        skip_ready_wait=options.get("skip_ready_wait", False),
    )

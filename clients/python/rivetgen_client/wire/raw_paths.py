"""Paths of raw requests and sockets, as the JavaScript client writes them."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from .gateway import GatewayRequest, Target, format_gateway_request

__all__ = ["REQUEST", "WEBSOCKET", "RawPath", "raw_path"]

REQUEST: Final = "/request"
"""Below the gateway, what comes before the path of a raw request."""
WEBSOCKET: Final = "/websocket"
"""Likewise of a raw socket."""

_SLASHES: Final = re.compile(r"/{2,}")
_SAFE: Final = "/%:@!$&'()*+,;=~-._?"
"""What stands in a path or a query as it is."""


@dataclass(frozen=True, slots=True)
class RawPath:
    """Where a raw request goes below the gateway.

    Attributes:
        path: Percent-encoded, with a slash at its start and none twice.
        query: Without ``?``.
        url: The whole URL if one was given instead of a path.
    """

    path: str
    query: str
    url: str | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def line(self, target: Target, root: str) -> str:
        """The request line to an actor."""
        request = GatewayRequest(target, root + self.path, self.query)
        return format_gateway_request(request)


def raw_path(text: str) -> RawPath:
    """Read what a user gives: a path with or without query, or an absolute URL."""
    url = text.partition("#")[0]
    is_absolute = url.startswith(("http://", "https://"))
    if is_absolute:
        parts = urlsplit(url)
        path, query = parts.path, parts.query
    else:
        path, _, query = url.partition("?")
    plain = _SLASHES.sub("/", "/" + quote(path, safe=_SAFE))
    return RawPath(plain, quote(query, safe=_SAFE), url if is_absolute else None)

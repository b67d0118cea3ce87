"""How much one client address may ask of one actor, counted as official gateways do.

Time comes from outside. A window begins with the first request after the last one was
over; what is refused does not make it longer. Requests that are being served are
counted apart, so that forgetting a window forgets none of them.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from rivetgen_runtime.front.options import AddressLimits

__all__ = ["FORWARDED_FOR", "RateLimitedError", "RateLimiter", "client_address"]

FORWARDED_FOR: Final = "x-forwarded-for"
"""Header to which each proxy adds the address that it was called from."""

_MESSAGE: Final = "Too many requests. Try again later."
_IPV6_CLIENT_BITS: Final = 64
"""What one customer is given as a whole; addresses within cost nothing."""

_Pair: TypeAlias = tuple[str, str]
"""The id of an actor and an address."""


class RateLimitedError(RequestError):
    """An address asks for more than it may: ``guard.rate_limit``.

    Attributes:
        retry_after_s: When the next window begins, in whole seconds from now; None when
            too many requests are being served.
    """

    def __init__(self, retry_after_s: int | None) -> None:
        facts = None if retry_after_s is None else {"retry_after_s": retry_after_s}
        body = ErrorBody("guard", "rate_limit", _MESSAGE, metadata=facts)
        super().__init__(body)
        self.retry_after_s = retry_after_s


class _Window:
    __slots__ = ("ends_s", "left")

    def __init__(self, ends_s: float, left: int) -> None:
        self.ends_s = ends_s
        self.left = left


class RateLimiter:
    """Counts the requests of each address to each actor.

    Args:
        limits: How many there may be.
        now_s: Monotonic time.
    """

    def __init__(self, limits: AddressLimits, now_s: Callable[[], float]) -> None:
        self._limits = limits
        self._now_s = now_s
        self._windows: dict[_Pair, _Window] = {}  # by their beginning, oldest first
        self._serving: Counter[_Pair] = Counter()

    @contextmanager
    def serving(self, actor_id: str, address: str) -> Generator[None]:
        """Count a request, and count it as being served until the block ends.

        Raises:
            RateLimitedError: It is one too many. It counts all the same when it is only
                too many at a time, as with official gateways.
        """
        pair = (actor_id, address)
        self._count(pair)
        if self._serving[pair] >= self._limits.in_flight:
            raise RateLimitedError(None)
        self._serving[pair] += 1
        try:
            yield
        finally:
            self._serving[pair] -= 1
            if not self._serving[pair]:
                del self._serving[pair]

    def _count(self, pair: _Pair) -> None:
        now_s = self._now_s()
        window = self._windows.get(pair)
        if window is None or window.ends_s <= now_s:
            window = self._begin(pair, now_s)
        if not window.left:
            raise RateLimitedError(ceil(window.ends_s - now_s))
        window.left -= 1

    def _begin(self, pair: _Pair, now_s: float) -> _Window:
        self._windows.pop(pair, None)
        if len(self._windows) >= self._limits.windows:
            del self._windows[next(iter(self._windows))]
        window = _Window(now_s + self._limits.window_s, self._limits.requests)
        self._windows[pair] = window
        return window


def client_address(headers: Mapping[str, str], peer: str, *, proxies: int) -> str:
    """Who sends a request: an IPv4 address, or the network of an IPv6 one.

    Args:
        headers: Names are looked up in lower case.
        peer: The other end of the connection.
        proxies: How many proxies of the operator stand in front. Each adds an address;
            what is further left may be anybody's invention.
    """
    if proxies:
        listed = headers.get(FORWARDED_FOR, "").split(",")
        peer = listed[max(-proxies, -len(listed))].strip() or peer
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer  # whatever it is, it is counted
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_CLIENT_BITS), strict=False))

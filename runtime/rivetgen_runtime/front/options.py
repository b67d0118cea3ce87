"""Limits and names of one front, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rivetgen_client.wire.limits import DEFAULT_LIMITS, Limits

__all__ = [
    "DEFAULT_FRONT_OPTIONS",
    "PROTOCOL_VERSION",
    "AddressLimits",
    "FrontOptions",
]

PROTOCOL_VERSION: Final = "2.3.19"
"""The RivetKit release whose protocol is spoken; clients read it from ``/metadata``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLimits:
    """What one client address may ask of one actor; official gateways' numbers.

    An IPv6 address stands for its network of 64 bits, which one customer is given.
    """

    requests: int = 1_200
    """Requests within one window, upgrades to sockets included; what is sent over an
    open socket does not count."""
    window_s: float = 60.0
    """How long a window is; it begins with its first request."""
    in_flight: int = 32
    """Requests and open sockets at a time."""
    windows: int = 10_000
    """Pairs of an address and an actor that are counted; when there are more, the
    oldest windows are forgotten."""
    proxies: int = 0
    """Proxies in front of the server. Each adds the address that it was called from to
    ``x-forwarded-for``; without any, the header is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontOptions:
    """What holds for every request and every socket of one front."""

    token: str | None = None
    """What callers must show; None lets everyone in."""
    allowed_hosts: frozenset[str] | None = None
    """Names that the server answers to, without ports; None for every name.

    It keeps pages of other sites from reaching a server without a token by a name that
    they make point to this machine (DNS rebinding).
    """
    allowed_origins: frozenset[str] | None = None
    """Origins whose pages may call and connect; None for every page.

    Programs, which send no ``Origin``, always may.
    """
    address_limits: AddressLimits | None = None
    """What one address may ask of one actor; None for as much as it likes."""
    base_path: str = ""
    """Path below which everything is served, without a slash at its end."""
    limits: Limits = DEFAULT_LIMITS
    """Sizes of the wire protocol."""
    body_timeout_s: float = 30.0
    """How long the body of a request may take to arrive; of a raw one, each piece."""
    client_check_s: float = 0.5
    """How often it is looked whether the client of a raw request is still there."""
    close_delay_s: float = 0.1
    """The shortest time between ``Init`` and a close of the server.

    The JavaScript client connects again at once whenever an open connection is closed.
    """
    heartbeat_s: float = 30.0
    """How often a silent socket is pinged; one that does not answer is closed."""
    close_timeout_s: float = 5.0
    """How long a client has to answer a close before its socket is cut."""
    queued_messages: int = 16_384
    """Messages that wait for one slow client before it is cut.

    A turn may emit as many before its client gets to read the first.
    """
    queued_bytes: int = 4 * 1024 * 1024
    """Bytes that wait for one slow client before it is cut."""


DEFAULT_FRONT_OPTIONS: Final = FrontOptions()
